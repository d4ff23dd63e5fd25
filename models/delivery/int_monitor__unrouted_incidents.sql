{#- Open incidents that reach no contact, neither now nor by escalation: none matches their monitor,
    owner and severity. Without any contacts nobody expects notifications, so there are no rows. -#}
{{ model_monitor.view_model() }}

with incidents as (

    select *
    from {{ ref('model_monitor', 'monitor_incidents') }}
    where state = 'firing'
        and inhibited_by is null
        and silenced_by is null
        and (nature <> 'expected' or is_safety)
        and severity in ('warn', 'critical')

),

contacts as (

    select *
    from {{ ref('model_monitor', 'stg_monitor__contacts') }}
    where problem is null

),

final as (

    select
        incidents.incident_id,
        incidents.severity,
        incidents.message
    from incidents
    left join contacts
        on {{ model_monitor.fits_contact('incidents', 'contacts') }}
    where exists (select 1 from {{ ref('model_monitor', 'stg_monitor__contacts') }})
    group by incidents.incident_id, incidents.severity, incidents.message
    having count(contacts.contact_id) = 0

)

select * from final
