{% macro postgres__build_kind(kind) -%}
    {{ return(model_monitor._faster_kind(kind)) }}
{%- endmacro %}

{# The materializations of build.sql need no hooks; those of dbt 2 do. #}
{% macro postgres__model_hooks() -%}
    {%- if dbt_version.startswith('1.') -%}
        {{ return(model_monitor.default__model_hooks()) }}
    {%- endif -%}
    {{ return({
        'before': '{{ model_monitor._postgres_settings() }}',
        'after': '{{ model_monitor._postgres_analyze(this, model.config.materialized) }}',
    }) }}
{%- endmacro %}

{% macro _postgres_analyze(relation, materialized) -%}
    {%- if materialized != 'view' -%}
    analyze {{ relation }}
    {%- endif -%}
{%- endmacro %}
