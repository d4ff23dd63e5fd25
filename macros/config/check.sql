{# Whether an expectation suite looks at every window: --vars '{check: all}'. #}
{% macro checks_everything() %}
    {{ return(var('check', none) == 'all') }}
{% endmacro %}
