{# Whether an expectation suite checks every window: --vars '{check: all}'. #}
{% macro checks_everything() %}
    {{ return(model_monitor.setting('check') == 'all') }}
{% endmacro %}
