{#
    Parquet has no delete: kept and new rows are written to a second table, which then replaces the
    old one. If the run is killed before the replacement, the old table still exists. If it is
    killed during the replacement, the new table is complete and takes the old name at the next
    build. dbt's materialization for Spark looks up these two macros by name to run a strategy;
    those of the model's package come first.
#}
{% macro dbt_spark_validate_get_incremental_strategy(raw_strategy, file_format) %}
    {%- if execute -%}
        {%- set next = load_relation(model_monitor._spark_next(this)) -%}
        {%- if next is not none and load_relation(this) is none -%}
            {%- do adapter.rename_relation(next, this.incorporate(type='table')) -%}
        {%- elif next is not none -%}
            {%- do adapter.drop_relation(next) -%}
        {%- endif -%}
    {%- endif -%}
    {{- return(raw_strategy) -}}
{% endmacro %}

{% macro dbt_spark_get_incremental_sql(strategy, source, target, existing, unique_key, incremental_predicates) %}
    {%- if strategy == 'append' -%}
        {{- get_insert_into_sql(source, target) -}}
    {%- else -%}
        {%- set columns = adapter.get_columns_in_relation(target) -%}
        {%- set gone = source if strategy == 'delete+insert'
            else ref('model_monitor', model.config.meta['replaced_by']) -%}
        {%- set rows = model_monitor._spark_kept_and_new(target, columns, gone, source, unique_key) -%}
        {{- model_monitor._spark_replaced(target, rows) -}}
    {%- endif -%}
{% endmacro %}

{% macro _spark_next(relation) %}
    {{- return(relation.incorporate(path={'identifier': relation.identifier ~ '__next'}, type='table')) -}}
{% endmacro %}

{% macro _spark_kept_and_new(target, columns, gone, source, keys) %}
    {%- set names = [] -%}
    {%- set casts = [] -%}
    {%- for column in columns -%}
        {%- do names.append('results.' ~ column.quoted) -%}
        {%- do casts.append('cast(' ~ column.quoted ~ ' as ' ~ column.dtype ~ ') as ' ~ column.quoted) -%}
    {%- endfor -%}
    {%- set forgets = model.config.incremental_strategy == 'touched'
        and ('period_start' in keys or 'window_end' in keys) and not model.config.meta.get('is_kept') -%}
select {{ names | join(', ') }}
from (
    select {{ names | join(', ') }}
    from {{ target }} as results
    left anti join {{ gone }} as gone
        on {% for key in keys %}{{ 'and ' if not loop.first }}results.{{ key }} = gone.{{ key }}
        {% endfor %}
    union all
    select {{ casts | join(', ') }} from {{ source }}
) as results
    {%- if forgets %}
{{ model_monitor.expired(columns, 'left anti join') }}
    {%- endif %}
{% endmacro %}

{# Replaces the rows of a table: runs all statements but the last, and returns the last. #}
{% macro _spark_replaced(relation, rows) %}
    {%- if config.get('file_format') in ['delta', 'iceberg'] -%}
        {{- return(create_table_as(false, relation, rows)) -}}
    {%- endif -%}
    {%- set next = model_monitor._spark_next(relation) -%}
    {%- do run_query(create_table_as(false, next, rows)) -%}
    {%- do run_query('drop table ' ~ relation) -%}
    {{- return('alter table ' ~ next ~ ' rename to ' ~ relation) -}}
{% endmacro %}

{% macro spark__delete_rows(relation, condition) %}
    {%- if config.get('file_format') in ['delta', 'iceberg'] -%}
        {{- return('delete from ' ~ relation ~ ' where ' ~ condition) -}}
    {%- endif -%}
    {%- if execute and run_query('select 1 as found from ' ~ relation ~ ' where ' ~ condition ~ ' limit 1').rows -%}
        {{- return(model_monitor._spark_replaced(
            relation, 'select * from ' ~ relation ~ ' where not coalesce(' ~ condition ~ ', false)'
        )) -}}
    {%- endif -%}
    {{- return('') -}}
{% endmacro %}

{# Spark recomputes a CTE wherever it is read, and reuses the exchanges of the first computation. #}
{% macro spark__materialized() -%}
    {{ return('') }}
{%- endmacro %}

{# dbt's own macro writes the text None where a seed has no value. #}
{% macro spark__load_seed(model, agate_table) %}
    {% set types = model['config'].get('column_types', {}) %}
    {% set rows = [] %}
    {% for row in agate_table.rows %}
        {% set cells = [] %}
        {% for name in agate_table.column_names %}
            {% set value = row[name] %}
            {% do cells.append(
                'cast(' ~ model_monitor.text_literal(value) ~ ' as '
                ~ types.get(name, adapter.convert_type(agate_table, loop.index0)) ~ ')'
            ) %}
        {% endfor %}
        {% do rows.append('(' ~ cells | join(', ') ~ ')') %}
    {% endfor %}
    {% if rows %}
        {% do run_query('insert into ' ~ this ~ ' values ' ~ rows | join(', ')) %}
    {% endif %}
    {{ return('select 1 as loaded') }}
{% endmacro %}
