{% macro postgres__model_hooks() -%}
    {{ return({
        'before': '{{ model_monitor._postgres_before_model() }}',
        'after': '{{ model_monitor._postgres_after_model(this, model.config.materialized) }}',
    }) }}
{%- endmacro %}

{#
    Settings for this transaction only. Tables here have no indexes, and joins use many columns at
    once. The planner multiplies the selectivities of these columns and expects one row. It then
    chooses a nested loop that takes hours, or a merge join on two columns, which loops over the
    remaining ones (a hash join uses all columns). JIT compilation of long formulas takes longer
    than running them. With four megabytes per sort, every other sort would spill to disk.
#}
{% macro _postgres_before_model() -%}
    select
        set_config('enable_nestloop', 'off', true),
        set_config('enable_mergejoin', 'off', true),
        set_config('jit', 'off', true),
        case when pg_size_bytes(current_setting('work_mem')) < pg_size_bytes('64MB')
            then set_config('work_mem', '64MB', true) end
{%- endmacro %}

{# The plan of the next model depends on the statistics of this one, and autovacuum is too late. #}
{% macro _postgres_after_model(relation, materialized) -%}
    {%- if execute and materialized in ('table', 'view') -%}
        {%- do model_monitor._postgres_stays(relation, materialized) -%}
    {%- endif -%}
    {%- if materialized in ('table', 'incremental', 'seed') -%}
    analyze {{ relation }}
    {%- endif -%}
{%- endmacro %}

{#
    dbt has renamed the former table or view. After the commit it drops it, with every view that
    reads it and all its grants. Here the former relation instead takes over the rows and the name
    of the new one; dbt then drops the new one, which nothing depends on. This applies to public
    models and to models that a view outside the intermediate ones reads, unless their columns have
    changed. Rows are deleted, not truncated, so a transaction that began before the commit still
    sees the old rows. dbt's cache records which views depend on which relation.
#}
{% macro _postgres_stays(relation, materialized) -%}
    {%- set former = make_backup_relation(relation, materialized) -%}
    {%- set meanwhile = make_intermediate_relation(relation) -%}
    {%- set found = run_query(model_monitor._postgres_former(relation, former)).rows -%}
    {%- if found and (model.access == 'public' or found[0][0]) -%}
        {%- for old, new in [(former, meanwhile), (relation, former), (meanwhile, relation)] -%}
            {%- do adapter.cache_renamed(old, new) -%}
        {%- endfor -%}
        {%- set taken_over -%}
            {%- if materialized == 'view' -%}
            create or replace view {{ former }} as {{ found[0][1] }}
            {%- else -%}
            delete from {{ former }};
            insert into {{ former }} select * from {{ relation }};
            {%- endif %}
            alter table {{ former }} rename to {{ adapter.quote(meanwhile.identifier) }};
            alter table {{ relation }} rename to {{ adapter.quote(former.identifier) }};
            alter table {{ meanwhile }} rename to {{ adapter.quote(relation.identifier) }}
        {%- endset -%}
        {%- do run_query(taken_over) -%}
        {%- if model.config.grants -%}
            {#- dbt sees a new relation, which has no grants to revoke -#}
            {%- do apply_grants(relation, model.config.grants, should_revoke=true) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# One row if a former relation with the same columns exists: whether it is read, and the view's text. #}
{% macro _postgres_former(relation, former) -%}
with recursive kinds as (

    select
        oid,
        relkind,
        relpersistence,
        (
            select string_agg(
                concat_ws(' ', attname, atttypid, atttypmod, attcollation, attnotnull),
                ', ' order by attnum
            )
            from pg_attribute
            where attrelid = pg_class.oid
                and attnum > 0
                and not attisdropped
        ) as columns
    from pg_class
    where oid in (
        to_regclass({{ model_monitor.text_literal(relation | string) }}),
        to_regclass({{ model_monitor.text_literal(former | string) }})
    )

),

readers as (

    select to_regclass({{ model_monitor.text_literal(former | string) }})::oid as reader
    union
    select rules.ev_class
    from readers
    inner join pg_depend as uses
        on readers.reader = uses.refobjid
        and uses.refclassid = 'pg_class'::regclass
        and uses.classid = 'pg_rewrite'::regclass
    inner join pg_rewrite as rules
        on uses.objid = rules.oid

)

select
    (
        select count(*) > 0
        from readers
        inner join pg_class
            on readers.reader = pg_class.oid
        where pg_class.relname !~ '^(int|stg)_monitor__'
    ) as is_read,
    pg_get_viewdef(to_regclass({{ model_monitor.text_literal(relation | string) }})) as view_text
from kinds
group by relkind, relpersistence, columns
having count(*) = 2
{%- endmacro %}
