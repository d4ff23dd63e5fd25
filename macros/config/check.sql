{# Whether an expectation suite checks every window: --vars '{check: all}'. #}
{% macro checks_everything() %}
    {{ return(var('check', none) == 'all') }}
{% endmacro %}
