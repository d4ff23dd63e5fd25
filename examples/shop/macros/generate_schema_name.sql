{#- A schema is called what it is called, without the target's before it. -#}
{% macro generate_schema_name(custom_schema_name, node) %}
    {{- return((custom_schema_name or target.schema) | trim) -}}
{% endmacro %}
