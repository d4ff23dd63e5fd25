{#
    dbt's own materializations build under a second name, rename both relations, look for indexes and
    drop the old one: two thirds of the time of a model with few rows. `create or replace` does the
    same in one statement. A warehouse behind DuckDB that may not know these statements (MotherDuck,
    DuckLake) is left to dbt-duckdb.
#}
{% materialization monitor_view, adapter='duckdb' %}
    {%- if model_monitor._duckdb_is_remote() -%}
        {{- return(dbt.materialization_view_default()) -}}
    {%- endif -%}
    {%- set view = model_monitor._before_build('view') -%}
    {%- call statement('main') -%}
    create or replace view {{ view }}
        {%- if config.get('contract').enforced %}
    {{ get_assert_columns_equivalent(sql) }}
        {%- endif %} as (
{{ sql }}
    )
    {%- endcall -%}
    {{- return(model_monitor._after_build(view)) -}}
{% endmaterialization %}

{% materialization monitor_table, adapter='duckdb' %}
    {%- if model_monitor._duckdb_is_remote() -%}
        {{- return(dbt_duckdb.materialization_table_duckdb()) -}}
    {%- endif -%}
    {%- set table = model_monitor._before_build('table') -%}
    {%- call statement('main') -%}{{ model_monitor._duckdb_create(table, sql) }}{%- endcall -%}
    {{- return(model_monitor._after_build(table)) -}}
{% endmaterialization %}

{% materialization monitor_history, adapter='duckdb' %}
    {%- if model_monitor._duckdb_is_remote() -%}
        {{- return(dbt_duckdb.materialization_incremental_duckdb()) -}}
    {%- endif -%}
    {%- set exists = model_monitor.has_history() -%}
    {%- set table = model_monitor._before_build('table') -%}
    {%- if not exists -%}
        {%- call statement('main') -%}{{ model_monitor._duckdb_create(table, sql) }}{%- endcall -%}
    {%- else -%}
        {%- set rows = make_temp_relation(table) -%}
        {%- call statement('rows') -%}
    create or replace temporary table {{ rows }} as (
{{ sql }}
    )
        {%- endcall -%}
        {%- set columns = model_monitor._duckdb_columns(rows, table) -%}
        {%- call statement('main') -%}
{{ model_monitor._history_statements(table, rows, columns) }}
        {%- endcall -%}
    {%- endif -%}
    {{- return(model_monitor._after_build(table)) -}}
{% endmaterialization %}

{% macro _duckdb_is_remote() -%}
    {{ return(adapter.is_motherduck() or adapter.is_ducklake(this)) }}
{%- endmacro %}

{# A table with the columns and constraints of the contract, or those of the query. #}
{% macro _duckdb_create(table, query) -%}
    create or replace table {{ table }}
    {%- if config.get('contract').enforced %}
    {{ get_table_columns_and_constraints() }};
    insert into {{ table }} by name
    {%- else %} as
    {%- endif %} (
{{ query }}
    )
{%- endmacro %}

{# The columns of the new rows, in their order; one that the table does not have is added to it. #}
{% macro _duckdb_columns(rows, table) -%}
    {%- set found = run_query(
        "select name, type, 'rows' as side from pragma_table_info(" ~ model_monitor.text_literal(rows | string) ~ ") "
        ~ "union all select name, type, 'table' from pragma_table_info(" ~ model_monitor.text_literal(table | string) ~ ")"
    ) -%}
    {%- set names = {'rows': [], 'table': []} -%}
    {%- set columns = [] -%}
    {%- for column in found -%}
        {%- do names[column['side']].append(column['name']) -%}
        {%- if column['side'] == 'rows' -%}
            {%- do columns.append(api.Column.create(column['name'], column['type'])) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if names['rows'] | sort != names['table'] | sort -%}
        {%- do process_schema_changes(config.get('on_schema_change'), rows, table) -%}
    {%- endif -%}
    {{- return(columns) -}}
{%- endmacro %}
