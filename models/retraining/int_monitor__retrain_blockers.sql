{#- Problems with the data that a new version would be trained on: open incidents that the pipeline
    must fix, and others that include missing rows, late rows or broken values. Silenced incidents
    count too, because silence does not fix the data. -#}
{{ model_monitor.view_model() }}

with incidents as (

    select incidents.*
    from {{ ref('model_monitor', 'monitor_incidents') }} as incidents
    inner join {{ ref('model_monitor', 'monitor_alerts') }} as alerts
        on incidents.alert_id = alerts.alert_id
    -- a triage decision on the lead alert applies to the whole incident
    where coalesce(alerts.decision, 'true') = 'true'

),

issues as (

    select
        monitor,
        incident_id,
        message,
        state,
        model_version,
        metric,
        shift_kind,
        1 as is_lead_alert,
        alert_id
    from incidents
    where fix = 'pipeline'

    union all

    -- whichever alert leads the incident: an error, or a known outage that is itself suppressed
    select
        alerts.monitor,
        incidents.incident_id,
        alerts.message,
        alerts.state,
        alerts.model_version,
        alerts.metric,
        alerts.shift_kind,
        0 as is_lead_alert,
        alerts.alert_id
    from incidents
    inner join {{ ref('model_monitor', 'int_monitor__incident_members') }} as members
        on incidents.incident_id = members.incident_id
        and not members.is_echo
    inner join {{ ref('model_monitor', 'monitor_alerts') }} as alerts
        on members.alert_id = alerts.alert_id
        and coalesce(alerts.decision, 'true') = 'true'
        and alerts.severity <> 'info'
    inner join {{ ref('model_monitor', 'int_monitor__alert_changes') }} as changes
        on members.alert_id = changes.alert_id
    where (
            alerts.family in ('volume', 'freshness')
            or (
                alerts.family = 'quality'
                and alerts.layer = 'data'
                -- values without data since say nothing about an incident that is over
                and (alerts.state <> 'stale' or {{ model_monitor.is_open('incidents.state') }})
            )
        )
        -- fewer rows are normal on a holiday; in an outage they are missing
        and (not changes.is_expected or changes.expected_kind = 'incident')

),

blockers as (

    select
        issues.*,
        row_number() over (
            partition by issues.incident_id order by issues.is_lead_alert desc, issues.alert_id asc
        ) as choice
    from issues
    left join {{ ref('model_monitor', 'int_monitor__served_versions') }} as served
        on issues.monitor = served.monitor
    where {{ model_monitor.is_open('issues.state') }}
        -- mix shift and an outdated reference are reasons to train
        and coalesce(issues.shift_kind, '') <> 'mix'
        and issues.metric <> 'reference_mismatch_count'
        -- the alerts of a version that no longer serves are never resolved
        and (
            issues.state <> 'stale'
            or issues.model_version
            in ('(all)', coalesce(served.champion_version, issues.model_version))
        )

),

final as (

    select
        monitor,
        {{ model_monitor.joined_texts('message', '1 = 1') }} as blocked_by,
        {{ model_monitor.joined_texts('incident_id', '1 = 1') }} as blocking_incidents
    from blockers
    where choice = 1
    group by monitor

)

select * from final
