{% macro type_double() %}
    {{- return(adapter.dispatch('type_double', 'model_monitor')()) -}}
{% endmacro %}

{% macro default__type_double() %}
    {{- return('double precision') -}}
{% endmacro %}

{% macro duckdb__type_double() %}
    {{- return('double') -}}
{% endmacro %}

{% macro postgres__type_double() %}
    {{- return('double precision') -}}
{% endmacro %}

{% macro spark__type_double() %}
    {{- return('double') -}}
{% endmacro %}
