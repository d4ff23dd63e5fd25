{#- Made by tools/trust_tests.py from python/expectations: windows. -#}
{{ config(tags=['trust']) }}
with frame as (

    {{ model_monitor.trust_windows() | indent(4) }}

),

checked as (

    select
        *,
        case when window_count < complete_count or (window_count is null) <> (complete_count is null) then ' no_window_is_missing' else '' end
        || case when last_complete_end < last_window_end then ' no_window_is_of_the_future' else '' end
            as broken
    from frame

)

select
    monitor, log, window_name, first_gap_after,
    broken
from checked
where broken <> ''
