{{ config(materialized='table') }}
{#- Since when, in the finest window that saw it: the first of two hours in a row, within the first
    window of an alert on days, that reach half of what the day shows. An hour after one of which
    nothing is known is no beginning: then the day is all that can be said. -#}

with alerts as (

    select *
    from {{ ref('model_monitor', 'int_monitor__alert_facts') }}
    where window_name = 'day'

),

drift_hours as (

    select
        alerts.alert_id,
        drift.window_start,
        case alerts.metric
            when 'psi' then drift.psi_valid - coalesce(drift.psi_noise_floor, 0)
            else drift.p95_shift
        end as change,
        case alerts.metric when 'psi' then alerts.first_effect else alerts.first_value end
            as day_change
    from alerts
    inner join {{ ref('model_monitor', 'monitor_drift') }} as drift
        on alerts.monitor = drift.monitor
        and alerts.log = drift.log
        and alerts.model_version = drift.model_version
        and alerts.subject = drift.subject
        and alerts.slice_name = drift.slice_name
        and alerts.slice_value = drift.slice_value
        and drift.window_start >= alerts.first_window_start
        and drift.window_start < alerts.opened_at
    where alerts.family in ('drift', 'tail')
        and drift.window_name = 'hour'
        and drift.role = 'live'

),

profile_hours as (

    select
        alerts.alert_id,
        profiles.window_start,
        {{ model_monitor.profile_measure('alerts.metric') }}
        - coalesce(alerts.first_baseline_value, 0) as change,
        alerts.first_value - coalesce(alerts.first_baseline_value, 0) as day_change
    from alerts
    inner join {{ ref('model_monitor', 'monitor_profiles') }} as profiles
        on alerts.monitor = profiles.monitor
        and alerts.log = profiles.log
        and alerts.model_version = profiles.model_version
        and alerts.subject = profiles.subject
        and alerts.slice_name = profiles.slice_name
        and alerts.slice_value = profiles.slice_value
        and profiles.window_start >= alerts.first_window_start
        and profiles.window_start < alerts.opened_at
    where alerts.family in ('quality', 'metrics')
        and profiles.window_name = 'hour'
        and profiles.role = 'live'

),

metric_hours as (

    select
        alerts.alert_id,
        metrics.window_start,
        metrics.value - coalesce(alerts.first_baseline_value, 0) as change,
        alerts.first_value - coalesce(alerts.first_baseline_value, 0) as day_change
    from alerts
    inner join {{ ref('model_monitor', 'monitor_metrics') }} as metrics
        on alerts.monitor = metrics.monitor
        and alerts.log = metrics.log
        and alerts.model_version = metrics.model_version
        and alerts.subject = metrics.metric
        and alerts.slice_name = metrics.slice_name
        and alerts.slice_value = metrics.slice_value
        and metrics.window_start >= alerts.first_window_start
        and metrics.window_start < alerts.opened_at
    where alerts.family = 'metrics'
        and metrics.window_name = 'hour'
        and metrics.role = 'live'

),

hours as (

    select * from drift_hours
    union all
    select * from profile_hours
    union all
    select * from metric_hours

),

reaching as (

    select
        alert_id,
        window_start,
        change / nullif(day_change, 0) >= 0.5 as is_reached
    from hours

),

followed as (

    select
        *,
        lead(is_reached, 1, true) over (
            partition by alert_id order by window_start
        ) as is_reached_next,
        case
            when lag(window_start) over (partition by alert_id order by window_start)
                = window_start - interval '1 hour'
                then lag(is_reached) over (partition by alert_id order by window_start)
        end as was_reached_before
    from reaching

),

first_hours as (

    select
        *,
        row_number() over (partition by alert_id order by window_start) as place
    from followed
    where is_reached
        and is_reached_next

),

final as (

    select
        alert_id,
        window_start as since
    from first_hours
    where place = 1
        and (was_reached_before is not null or window_start = date_trunc('day', window_start))

)

select * from final
