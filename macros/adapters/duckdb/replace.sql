{#
    Models are built by the materializations of build.sql. They put new rows into a temporary table,
    which dbt 2 loses between two statements: there, dbt's own serve.
#}
{% macro duckdb__build_kind(kind) -%}
    {%- set faster = {'view': 'monitor_view', 'table': 'monitor_table', 'incremental': 'monitor_history'} -%}
    {{ return(faster[kind] if kind in faster and dbt_version.startswith('1.') else kind) }}
{%- endmacro %}
