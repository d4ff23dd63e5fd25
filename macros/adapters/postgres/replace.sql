{#
    For this transaction alone. Tables here have no indexes and are joined by many columns at once, of
    which the planner multiplies the odds, expects one row and chooses a loop that takes hours, or a
    merge by two of the columns, which is such a loop within them (what is hashed has them all);
    compiling long formulas to machine code takes longer than they run; and four megabytes per sort
    would write every other one to disk.
#}
{% macro postgres__before_model() -%}
    select
        set_config('enable_nestloop', 'off', true),
        set_config('enable_mergejoin', 'off', true),
        set_config('jit', 'off', true),
        case when pg_size_bytes(current_setting('work_mem')) < pg_size_bytes('64MB')
            then set_config('work_mem', '64MB', true) end
{%- endmacro %}

{# The next model's plan depends on what is known of this one, and nobody else says so in time. #}
{% macro postgres__after_model(relation, materialized) -%}
    {%- if execute and materialized in ('table', 'view') -%}
        {%- do model_monitor._postgres_stays(relation, materialized) -%}
    {%- endif -%}
    {%- if materialized in ('table', 'incremental', 'seed') -%}
    analyze {{ relation }}
    {%- endif -%}
{%- endmacro %}

{#
    dbt has renamed the former table or view and drops it after the commit, with every view on it and
    what was granted. Here the former takes over what the new one holds, and its name: what is dropped
    is the new one, on which nothing stands. So it is with what is public, and with what a view reads
    that is not of the intermediate ones; unless its columns have changed. By delete, not truncate: who
    looked before the commit goes on seeing what was there. dbt remembers which views stand on what.
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
            {#- dbt takes it for a new one, of which nothing need be taken back -#}
            {%- do apply_grants(relation, model.config.grants, should_revoke=true) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# One row if there is a former with the columns of this one: who reads it, and the text of the view. #}
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
