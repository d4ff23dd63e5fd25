{#
    The parts that DuckDB and Postgres share of building a model without dbt's own materializations:
    macros/adapters/duckdb/build.sql and macros/adapters/postgres/build.sql.
#}

{# The faster materialization of a kind. dbt 2 loses a temporary table between two statements. #}
{% macro _faster_kind(kind) -%}
    {%- set faster = {'view': 'monitor_view', 'table': 'monitor_table', 'incremental': 'monitor_history'} -%}
    {{ return(faster[kind] if kind in faster and dbt_version.startswith('1.') else kind) }}
{%- endmacro %}

{# Before a model is built: runs its hooks, and drops a relation of another kind. #}
{% macro _before_build(kind) -%}
    {%- set existing = load_cached_relation(this) -%}
    {{- run_hooks(pre_hooks, inside_transaction=False) -}}
    {{- run_hooks(pre_hooks, inside_transaction=True) -}}
    {%- if existing is not none and existing.type != kind -%}
        {%- do adapter.drop_relation(existing) -%}
    {%- endif -%}
    {{- return(this.incorporate(type=kind)) -}}
{%- endmacro %}

{#
    After a model is built: indexes, hooks, grants, documentation and the commit. Returns what dbt
    expects of a materialization.
#}
{% macro _after_build(relation, needs_indexes=true, may_have_grants=true) -%}
    {%- if needs_indexes and config.get('indexes') -%}
        {%- do create_indexes(relation) -%}
    {%- endif -%}
    {{- run_hooks(post_hooks, inside_transaction=True) -}}
    {%- if config.get('grants') -%}
        {%- do apply_grants(relation, config.get('grants'), should_revoke=may_have_grants) -%}
    {%- endif -%}
    {%- if config.get('persist_docs') -%}
        {%- do persist_docs(relation, model) -%}
    {%- endif -%}
    {%- do adapter.commit() -%}
    {{- run_hooks(post_hooks, inside_transaction=False) -}}
    {{- return({'relations': [relation]}) -}}
{%- endmacro %}

{# The statements that put new rows, from a temporary table, into a history; `columns` are theirs. #}
{% macro _history_statements(table, rows, columns) -%}
    {%- set statements = adapter.get_incremental_strategy_macro(context, config.get('incremental_strategy')) -%}
{{ statements({
    'target_relation': table,
    'temp_relation': rows,
    'unique_key': config.get('unique_key'),
    'dest_columns': columns,
    'incremental_predicates': none,
}) }}
;
drop table {{ rows }}
{%- endmacro %}
