{{ model_monitor.table_model() }}
{#- The quality of the alerting by month, as far as people triaged the alerts. -#}
{#- Nobody is notified of an expected alert, unless it is a safety alert, and hardly anybody of one
    that is only info. -#}
{%- set is_spoken = "inhibited_by is null and silenced_by is null"
    ~ " and (nature <> 'expected' or is_safety) and severity <> 'info'" %}
{#- Nobody is notified of an alert that is over when a run first sees it, as when a
    run reads history. -#}
{%- set is_told = "(" ~ is_spoken ~ " and coalesce(resolved_at > detected_at, true))" %}
{%- set is_impact = model_monitor.is_impact() %}

with alerts as (

    select
        *,
        cast(date_trunc('month', opened_at) as timestamp) as month_start,
        {{ dbt.datediff('detected_at', 'acknowledged_at', 'second') }} / 3600e0
            as hours_to_acknowledge,
        {{ dbt.datediff('opened_at', 'resolved_at', 'second') }} / 3600e0 as hours_to_resolve,
        {{ dbt.datediff('since', 'detected_at', 'second') }} / 3600e0 as hours_to_detect
    from {{ ref('model_monitor', 'monitor_alerts') }}
    where state <> 'pending'

),

evaluated as (

    select
        monitor,
        month_start,
        cast(count(*) as bigint) as alert_count,
        cast(count(case when {{ is_told }} then 1 end) as bigint) as notified_count,
        cast(count(case when decision in ('true', 'accepted') then 1 end) as bigint) as true_count,
        cast(count(case when decision = 'false' then 1 end) as bigint) as false_count,
        {{ model_monitor.safe_divide(
            "count(case when decision in ('true', 'accepted') then 1 end)",
            "count(case when decision in ('true', 'accepted', 'false') then 1 end)"
        ) }} as precision,
        {{ model_monitor.exact_mean('case when ' ~ is_told ~ ' then hours_to_detect end') }}
            as mean_hours_to_detect,
        {{ model_monitor.exact_mean('case when ' ~ is_told ~ ' then hours_to_acknowledge end') }}
            as mean_hours_to_acknowledge,
        {{ model_monitor.exact_mean('case when ' ~ is_told ~ ' then hours_to_resolve end') }}
            as mean_hours_to_resolve,
        -- resolved without anybody acting on it
        {{ model_monitor.safe_divide(
            "count(case when state = 'resolved' and acknowledged_at is null and decided_at is null"
            ~ " and " ~ is_told ~ " then 1 end)",
            "count(case when " ~ is_told ~ " then 1 end)"
        ) }} as handled_automatically_share
    from alerts
    group by monitor, month_start

),

-- incidents that reached model performance or business value: how much earlier they were detected
leads as (

    select
        monitor,
        cast(date_trunc('month', min(opened_at)) as timestamp) as month_start,
        {{ dbt.datediff(
            'min(case when not ' ~ is_impact ~ ' then detected_at end)',
            'min(case when ' ~ is_impact ~ ' then detected_at end)',
            'second'
        ) }} / 3600e0 as hours
    from alerts
    where incident_id is not null
    group by monitor, incident_id

),

lead_months as (

    select
        monitor,
        month_start,
        {{ model_monitor.exact_mean('hours') }} as mean_hours
    from leads
    group by monitor, month_start

),

notified as (

    select distinct
        monitor,
        incident_id
    from alerts
    where {{ is_spoken }}

),

-- incidents that people recorded, and whether an alert in the same place was
-- notified or represented
incidents as (

    select
        changes.monitor,
        changes.change_id,
        cast(date_trunc('month', changes.started_at) as timestamp) as month_start,
        max(case when notified.incident_id is not null then 1 else 0 end) as is_found
    from {{ ref('model_monitor', 'stg_monitor__changes') }} as changes
    left join alerts
        on changes.monitor = alerts.monitor
        and alerts.opened_at > changes.started_at
        and alerts.since < coalesce(changes.ended_at, changes.started_at + interval '7 days')
        and {{ model_monitor.fits_pattern('alerts.subject', 'changes.subject') }}
        -- an alert on all rows or all versions covers a problem in a part of them
        and (
            alerts.model_version = '(all)'
            or {{ model_monitor.fits_pattern('alerts.model_version', 'changes.model_version') }}
        )
        and (alerts.slice_name = '(all)' or {{ model_monitor.fits_slice('alerts', 'changes') }})
    left join notified
        on alerts.monitor = notified.monitor
        and alerts.incident_id = notified.incident_id
    where changes.kind = 'incident'
    group by changes.monitor, changes.change_id, changes.started_at

),

recalls as (

    select
        monitor,
        month_start,
        count(*) as incident_count,
        sum(is_found) as found_count
    from incidents
    group by monitor, month_start

),

final as (

    select
        coalesce(evaluated.monitor, recalls.monitor) as monitor,
        coalesce(evaluated.month_start, recalls.month_start) as month_start,
        cast(coalesce(evaluated.alert_count, 0) as bigint) as alert_count,
        cast(coalesce(evaluated.notified_count, 0) as bigint) as notified_count,
        cast(coalesce(evaluated.true_count, 0) as bigint) as true_count,
        cast(coalesce(evaluated.false_count, 0) as bigint) as false_count,
        evaluated.precision,
        cast(coalesce(recalls.incident_count, 0) as bigint) as incident_count,
        {{ model_monitor.safe_divide('recalls.found_count', 'recalls.incident_count') }} as recall,
        evaluated.mean_hours_to_detect,
        lead_months.mean_hours as mean_hours_before_impact,
        evaluated.mean_hours_to_acknowledge,
        evaluated.mean_hours_to_resolve,
        evaluated.handled_automatically_share
    from evaluated
    -- a month with incidents but no alerts is a month in which none was found
    full outer join recalls
        on evaluated.monitor = recalls.monitor
        and evaluated.month_start = recalls.month_start
    left join lead_months
        on evaluated.monitor = lead_months.monitor
        and evaluated.month_start = lead_months.month_start

)

select * from final
