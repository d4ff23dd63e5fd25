{#
    dbt's own materializations build under a second name, rename both relations, look at indexes and
    columns, and drop the old one after the commit, with every view on it and all its grants: nine
    statements for a model. Here a view takes one statement, a table one and a history two. The
    warehouse decides whether the former relation can stay.
#}
{% materialization monitor_view, adapter='postgres' %}
    {%- set view = model_monitor._before_build('view') -%}
    {%- set former = load_cached_relation(this) -%}
    {%- set stays = former is not none and model_monitor._postgres_replace_view(view, sql) -%}
    {%- if not stays -%}
        {%- if former is not none -%}
            {%- do adapter.drop_relation(former) -%}
        {%- endif -%}
        {%- call statement('main') -%}{{ get_create_view_as_sql(view, sql) }}{%- endcall -%}
    {%- endif -%}
    {{- return(model_monitor._after_build(view, needs_indexes=false, may_have_grants=stays)) -}}
{% endmaterialization %}

{% materialization monitor_table, adapter='postgres' %}
    {%- set table = model_monitor._before_build('table') -%}
    {%- set former = load_cached_relation(this) -%}
    {%- set stays = former is not none and model_monitor._postgres_replace_table(table, sql) -%}
    {%- if former is none -%}
        {%- call statement('main') -%}{{ model_monitor._postgres_create(table, sql) }}{%- endcall -%}
    {%- elif not stays -%}
        {%- do adapter.cache_dropped(former) -%}
        {%- do model_monitor._postgres_check_contract(sql) -%}
    {%- endif -%}
    {{- return(model_monitor._after_build(table, needs_indexes=not stays, may_have_grants=stays)) -}}
{% endmaterialization %}

{% materialization monitor_history, adapter='postgres' %}
    {%- set exists = model_monitor.has_history() -%}
    {%- set table = model_monitor._before_build('table') -%}
    {%- if not exists -%}
        {%- call statement('main') -%}{{ model_monitor._postgres_create(table, sql) }}{%- endcall -%}
    {%- else -%}
        {%- set rows = make_temp_relation(table) -%}
        {%- call statement('rows', fetch_result=true) -%}
{{ model_monitor._postgres_settings() }};
    create temporary table {{ rows }} as (
{{ sql }}
    );
{{ model_monitor._postgres_column_names(rows, table) }}
        {%- endcall -%}
        {%- set columns = model_monitor._postgres_columns(load_result('rows')['data'][0], rows, table) -%}
        {%- call statement('main') -%}
{{ model_monitor._history_statements(table, rows, columns) }};
analyze {{ table }}
        {%- endcall -%}
    {%- endif -%}
    {{- return(model_monitor._after_build(table, needs_indexes=not exists, may_have_grants=exists)) -}}
{% endmaterialization %}

{#
    Settings for this transaction only. Tables here have no indexes, and joins use many columns at
    once. The planner multiplies the selectivities of these columns and expects one row. It then
    chooses a nested loop that takes hours, or a merge join on two columns, which loops over the
    remaining ones (a hash join uses all columns). JIT compilation of long formulas takes longer
    than running them. With four megabytes per sort, every other sort would spill to disk.
#}
{% macro _postgres_settings() -%}
    select
        set_config('enable_nestloop', 'off', true),
        set_config('enable_mergejoin', 'off', true),
        set_config('jit', 'off', true),
        case when pg_size_bytes(current_setting('work_mem')) < pg_size_bytes('64MB')
            then set_config('work_mem', '64MB', true) end
{%- endmacro %}

{# The plan of the next model depends on the statistics of this one, and autovacuum is too late. #}
{% macro _postgres_create(table, query) -%}
    {%- do model_monitor._postgres_check_contract(query) -%}
{{ model_monitor._postgres_settings() }};
{{ model_monitor._postgres_create_table(table, query) }};
analyze {{ table }}
{%- endmacro %}

{#
    The queries of dbt that compare a contract with the columns of a model: when a relation is
    created, or when its columns have changed. A table has the types of its contract anyway.
#}
{% macro _postgres_check_contract(query) -%}
    {%- if config.get('contract').enforced -%}
        {%- do get_assert_columns_equivalent(query) -%}
    {%- endif -%}
{%- endmacro %}

{# A table with the columns and constraints of the contract, or those of the query. #}
{% macro _postgres_create_table(table, query) -%}
    create {{ 'unlogged ' if config.get('unlogged') }}table {{ table }}
    {%- if config.get('contract').enforced %}
    {{ get_table_columns_and_constraints() }};
    insert into {{ table }} ({{ dbt.default__get_column_names() }}) (
{{ get_select_subquery(query) }}
    )
    {%- else %} as (
{{ query }}
    )
    {%- endif %}
{%- endmacro %}

{#
    Replaces the text of a view, and returns whether it could: not if a column has another name or
    type, or is gone.
#}
{% macro _postgres_replace_view(view, query) -%}
    {%- call statement('main', fetch_result=true) -%}
do $model_monitor$
begin
    create or replace view {{ view }} as (
{{ query }}
    );
    perform set_config('model_monitor.stays', 'true', true);
exception when invalid_table_definition then
    perform set_config('model_monitor.stays', 'false', true);
end
$model_monitor$;
select cast(current_setting('model_monitor.stays') as boolean) as stays
    {%- endcall -%}
    {{- return(load_result('main')['data'][0][0]) -}}
{%- endmacro %}

{#
    Builds a table under a second name. The former table stays if it has the same columns, and is
    public or read by a view: so readers keep their grants and views, and nothing is dropped that
    another thread may be using. Rows are deleted, not truncated, so a transaction that began before
    the commit still sees the old rows. Otherwise the new table takes its place. Returns whether the
    former table stays.
#}
{% macro _postgres_replace_table(table, query) -%}
    {%- set arriving = make_intermediate_relation(table) -%}
    {%- call statement('main', fetch_result=true) -%}
{{ model_monitor._postgres_settings() }};
{{ model_monitor._postgres_create_table(arriving, query) }};
do $model_monitor$
begin
    if ({{ model_monitor._postgres_has_same_columns(table, arriving) }})
        {%- if model.access != 'public' %}
        and ({{ model_monitor._postgres_is_read(table) }})
        {%- endif %}
    then
        delete from {{ table }};
        insert into {{ table }} select * from {{ arriving }};
        drop table {{ arriving }};
        perform set_config('model_monitor.stays', 'true', true);
    else
        drop table if exists {{ table }} cascade;
        alter table {{ arriving }} rename to {{ adapter.quote(table.identifier) }};
        perform set_config('model_monitor.stays', 'false', true);
    end if;
end
$model_monitor$;
analyze {{ table }};
select cast(current_setting('model_monitor.stays') as boolean) as stays
    {%- endcall -%}
    {{- return(load_result('main')['data'][0][0]) -}}
{%- endmacro %}

{% macro _postgres_has_same_columns(table, other) %}
        select count(*) = 2 and count(distinct (relkind, relpersistence, columns)) = 1
        from (
            select
                pg_class.oid,
                pg_class.relkind,
                pg_class.relpersistence,
                array_agg(
                    concat_ws(' ', attname, atttypid, atttypmod, attcollation, attnotnull) order by attnum
                ) as columns
            from pg_class
            inner join pg_attribute
                on pg_class.oid = pg_attribute.attrelid
            where pg_class.oid in ({{ model_monitor._postgres_id(table) }}, {{ model_monitor._postgres_id(other) }})
                and pg_attribute.attnum > 0
                and not pg_attribute.attisdropped
            group by pg_class.oid, pg_class.relkind, pg_class.relpersistence
        ) as both_tables
    {% endmacro %}

{# A rule is the text of a view. #}
{% macro _postgres_is_read(table) %}
            select count(*) > 0
            from pg_depend
            where refclassid = 'pg_class'::regclass
                and refobjid = {{ model_monitor._postgres_id(table) }}
                and classid = 'pg_rewrite'::regclass
        {% endmacro %}

{% macro _postgres_id(relation) -%}
    to_regclass({{ model_monitor.text_literal(relation | string) }})
{%- endmacro %}

{# The columns of the new rows, in their order, and whether those of the table are the same. #}
{% macro _postgres_column_names(rows, table) -%}
{%- set is_row = 'filter (where attrelid = ' ~ model_monitor._postgres_id(rows) ~ ')' -%}
{%- set is_table = 'filter (where attrelid = ' ~ model_monitor._postgres_id(table) ~ ')' -%}
select
    cast(json_agg(array[attname, data_type] order by attnum) {{ is_row }} as text) as columns,
    array_agg(array[attname, data_type] order by attname) {{ is_row }}
    = array_agg(array[attname, data_type] order by attname) {{ is_table }} as is_same
from (
    select
        attrelid,
        attnum,
        cast(attname as text) as attname,
        format_type(atttypid, atttypmod) as data_type
    from pg_attribute
    where attrelid in ({{ model_monitor._postgres_id(rows) }}, {{ model_monitor._postgres_id(table) }})
        and attnum > 0
        and not attisdropped
) as both_tables
{%- endmacro %}

{# These columns; one that the table does not have is added to it. #}
{% macro _postgres_columns(found, rows, table) -%}
    {%- if not found[1] -%}
        {%- do model_monitor._postgres_check_contract(sql) -%}
        {%- if not config.get('contract').enforced -%}
            {%- do adapter.expand_target_column_types(from_relation=rows, to_relation=table) -%}
        {%- endif -%}
        {%- do process_schema_changes(config.get('on_schema_change'), rows, table) -%}
    {%- endif -%}
    {%- set columns = [] -%}
    {%- for name, data_type in fromjson(found[0]) -%}
        {%- do columns.append(api.Column.create(name, data_type)) -%}
    {%- endfor -%}
    {{- return(columns) -}}
{%- endmacro %}
