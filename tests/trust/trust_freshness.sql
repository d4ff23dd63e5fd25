{#- Made by tools/trust_tests.py from python/expectations: freshness. -#}
{{ config(tags=['trust']) }}
with frame as (

    {{ model_monitor.trust_freshness() | indent(4) }}

),

checked as (

    select
        *,
        case when as_of < loaded_through then ' nothing_is_read_ahead' else '' end
            as broken
    from frame

)

select
    monitor, log, run_number, started_at, loaded_through,
    broken
from checked
where broken <> ''
union all
select null, null, null, null, null, ' a_run_has_finished'
from (select count(*) as row_count from frame) as counted
where row_count < 1
