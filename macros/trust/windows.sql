{# Number of windows of each monitor, log and window length, next to the expected number from the
    first existing window to the last complete one. #}
{% macro trust_windows() %}
with watermarks as (

    select
        monitor,
        log,
        complete_through,
        row_number() over (partition by monitor, log order by run_number desc) as recency
    from {{ ref('model_monitor', 'monitor_watermarks') }}

),

profiled as (

    select distinct
        monitor,
        log,
        window_name,
        window_end
    from {{ ref('model_monitor', 'monitor_profiles') }}

),

-- a window without rows has no profile; its volume of 0 shows that it was counted
empty as (

    select
        monitor,
        log,
        window_name,
        window_end
    from {{ ref('model_monitor', 'monitor_metrics') }}
    where metric = 'volume'
        and slice_name = '(all)'
    group by monitor, log, window_name, window_end
    having max(row_count) = 0

),

ruled as (

    select distinct
        monitor,
        log
    from {{ ref('model_monitor', 'int_monitor__ruler_subjects') }}

),

planned as (

    select
        windows.monitor,
        windows.log,
        windows.window_name,
        count(*) as window_count
    from {{ ref('model_monitor', 'int_monitor__windows') }} as windows
    inner join ruled
        on windows.monitor = ruled.monitor
        and windows.log = ruled.log
    group by windows.monitor, windows.log, windows.window_name

),

found as (

    select
        all_windows.monitor,
        all_windows.log,
        all_windows.window_name,
        all_windows.window_end,
        lag(all_windows.window_end) over (
            partition by all_windows.monitor, all_windows.log, all_windows.window_name
            order by all_windows.window_end
        ) as previous_end,
        case when all_windows.window_name = 'hour' then 1 else 24 end as step_hours
    from (
        select monitor, log, window_name, window_end from profiled
        union
        select monitor, log, window_name, window_end from empty
    ) as all_windows

),

spans as (

    select
        monitor,
        log,
        window_name,
        max(step_hours) as step_hours,
        min(window_end) as first_window_end,
        max(window_end) as last_window_end,
        count(*) as window_count,
        min(case
            when {{ dbt.datediff('previous_end', 'window_end', 'hour') }} > step_hours
                then previous_end
        end) as first_gap_after
    from found
    group by monitor, log, window_name

),

keys as (

    select monitor, log, window_name from planned
    union
    select monitor, log, window_name from spans

),

expected as (

    select
        keys.monitor,
        keys.log,
        keys.window_name,
        spans.first_window_end,
        spans.last_window_end,
        spans.first_gap_after,
        spans.window_count,
        spans.step_hours,
        planned.window_count as planned_count,
        case
            when keys.window_name = 'hour' then date_trunc('hour', watermarks.complete_through)
            else date_trunc('day', watermarks.complete_through)
        end as last_complete_end
    from keys
    left join spans
        on keys.monitor = spans.monitor
        and keys.log = spans.log
        and keys.window_name = spans.window_name
    left join planned
        on keys.monitor = planned.monitor
        and keys.log = planned.log
        and keys.window_name = planned.window_name
    left join watermarks
        on keys.monitor = watermarks.monitor
        and keys.log = watermarks.log
        and watermarks.recency = 1

),

final as (

    select
        monitor,
        log,
        window_name,
        cast(first_window_end as timestamp) as first_window_end,
        cast(last_window_end as timestamp) as last_window_end,
        cast(last_complete_end as timestamp) as last_complete_end,
        cast(first_gap_after as timestamp) as first_gap_after,
        cast(coalesce(window_count, 0) as bigint) as window_count,
        cast(coalesce(
            {{ dbt.datediff('first_window_end', 'last_complete_end', 'hour') }} / step_hours + 1,
            planned_count
        ) as bigint) as complete_count
    from expected

)

select * from final
{% endmacro %}
