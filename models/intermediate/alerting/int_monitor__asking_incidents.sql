{#- Open incidents that may ask for an action: held back by nobody, not expected, not taken back,
    and not about what the version that serves has learned since. -#}

with final as (

    select
        incidents.monitor,
        incidents.model_version,
        incidents.recommended_action as action,
        case
            when incidents.recommended_action <> 'retrain' then 'incident'
            when incidents.family in (
                'performance', 'estimates', 'calibration', 'ranking', 'fairness'
            ) then 'performance'
            else 'drift'
        end as kind,
        incidents.opened_at,
        incidents.message
    from {{ ref('model_monitor', 'monitor_incidents') }} as incidents
    inner join {{ ref('model_monitor', 'monitor_alerts') }} as alerts
        on incidents.alert_id = alerts.alert_id
    left join {{ ref('model_monitor', 'int_monitor__served_versions') }} as served
        on incidents.monitor = served.monitor
    where incidents.nature <> 'expected'
        and (incidents.is_safety or incidents.inhibited_by is null)
        and incidents.silenced_by is null
        and coalesce(alerts.decision, 'true') = 'true'
        and case
            when incidents.recommended_action <> 'retrain'
                then incidents.state in ('firing', 'acknowledged', 'stale')
            -- one that is not seen any more, or may be usual, is no reason to train
            else incidents.state in ('firing', 'acknowledged')
                and not incidents.is_learning
                and incidents.model_version
                in ('(all)', coalesce(served.champion_version, incidents.model_version))
                and incidents.opened_at > coalesce(
                    served.trained_to, incidents.opened_at - interval '1 day'
                )
        end

)

select * from final
