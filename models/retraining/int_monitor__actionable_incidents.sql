{#- Open incidents that may trigger an action, either the recommended one or one that a person
    chose. They are not suppressed, expected or dismissed, and the serving version has not been
    trained on their data since. -#}
{{ model_monitor.view_model() }}

with incidents as (

    select
        incidents.*,
        alerts.decision,
        coalesce(alerts.decided_action, incidents.recommended_action) as action
    from {{ ref('model_monitor', 'monitor_incidents') }} as incidents
    inner join {{ ref('model_monitor', 'monitor_alerts') }} as alerts
        on incidents.alert_id = alerts.alert_id

),

final as (

    select
        incidents.monitor,
        incidents.model_version,
        incidents.action,
        case
            when incidents.action <> 'retrain' then 'incident'
            when incidents.family in (
                'performance', 'estimates', 'calibration', 'ranking', 'fairness'
            ) then 'performance'
            else 'drift'
        end as kind,
        incidents.family,
        incidents.severity,
        incidents.opened_at,
        incidents.message
    from incidents
    left join {{ ref('model_monitor', 'int_monitor__served_versions') }} as served
        on incidents.monitor = served.monitor
    where incidents.nature <> 'expected'
        and (incidents.is_safety or incidents.inhibited_by is null)
        and incidents.silenced_by is null
        and coalesce(incidents.decision, 'true') = 'true'
        -- an incident that only needs watching triggers nothing
        and incidents.action not in ('ignore', 'monitor')
        -- time makes a shift normal for the monitor, but not for the model
        and (
            {{ model_monitor.is_open('incidents.state') }}
            or (
                incidents.state = 'accepted'
                and incidents.is_population_shift
                and incidents.accepted_by is null
                and incidents.action = 'retrain'
            )
        )
        -- no retraining if the normal range is still unknown, or the version is gone or
        -- learned the change
        and (
            incidents.action <> 'retrain'
            or (
                not incidents.is_learning
                and incidents.model_version
                in ('(all)', coalesce(served.champion_version, incidents.model_version))
                and incidents.opened_at > coalesce(
                    served.trained_to, incidents.opened_at - interval '1 day'
                )
            )
        )

)

select * from final
