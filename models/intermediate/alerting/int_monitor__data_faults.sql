{#- What is wrong with the data that a new version would be trained on: open incidents that the
    pipeline has to mend. Silenced ones too: nobody wants to hear of it, and it is there all the same. -#}

with faults as (

    select incidents.*
    from {{ ref('model_monitor', 'monitor_incidents') }} as incidents
    inner join {{ ref('model_monitor', 'monitor_alerts') }} as alerts
        on incidents.alert_id = alerts.alert_id
    left join {{ ref('model_monitor', 'int_monitor__served_versions') }} as served
        on incidents.monitor = served.monitor
    where incidents.fix = 'pipeline'
        and {{ model_monitor.is_open('incidents.state') }}
        and coalesce(alerts.decision, 'true') = 'true'
        -- other rows, each as ever, and training data that are out of date: reasons to train
        and coalesce(incidents.shift_kind, '') <> 'mix'
        and incidents.metric <> 'unlike_count'
        -- a version that does not serve any more will never say that it is over
        and (
            incidents.state <> 'stale'
            or incidents.model_version
            in ('(all)', coalesce(served.champion_version, incidents.model_version))
        )

),

final as (

    select
        monitor,
        {{ model_monitor.joined_texts('message', '1 = 1') }} as blocked_by,
        {{ model_monitor.joined_texts('incident_id', '1 = 1') }} as blocking_incidents
    from faults
    group by monitor

)

select * from final
