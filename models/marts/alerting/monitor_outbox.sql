{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='append_new_columns',
    full_refresh=false
) }}
{#- Append-only: what somebody must be told, one row per transition of an alert and contact, in the
    words of the run that saw it. What was sent of it is in monitor_deliveries. -#}
{%- set as_of = model_monitor.as_of_timestamp() %}
{%- set rank = "case {} when 'critical' then 3 when 'warn' then 2 else 1 end" %}

with alerts as (

    select * from {{ ref('model_monitor', 'monitor_alerts') }}

),

incidents as (

    select * from {{ ref('model_monitor', 'monitor_incidents') }}

),

contacts as (

    select * from {{ ref('model_monitor', 'stg_monitor__contacts') }}

),

earlier as (

    {% if is_incremental() -%}
    select
        transition_id,
        alert_id,
        contact_id,
        channel,
        address_variable,
        transition,
        {{ rank.format('severity') }} as severity_rank
    from {{ this }}
    {%- else -%}
    select
        cast(null as {{ model_monitor.type_text() }}) as transition_id,
        cast(null as {{ model_monitor.type_text() }}) as alert_id,
        cast(null as {{ model_monitor.type_text() }}) as contact_id,
        cast(null as {{ model_monitor.type_text() }}) as channel,
        cast(null as {{ model_monitor.type_text() }}) as address_variable,
        cast(null as {{ model_monitor.type_text() }}) as transition,
        0 as severity_rank
    from (select 1 as nothing) as no_run
    where 1 = 0
    {%- endif %}

),

told as (

    select
        alert_id,
        contact_id,
        min(channel) as channel,
        min(address_variable) as address_variable,
        max(severity_rank) as severity_rank
    from earlier
    where transition <> 'resolved'
    group by alert_id, contact_id

),

-- of an incident one alert is told; others have their word when that one has ended
covered as (

    select
        alerts.incident_id,
        told.contact_id,
        max(told.severity_rank) as severity_rank
    from told
    inner join alerts
        on told.alert_id = alerts.alert_id
    where {{ model_monitor.is_open('alerts.state') }}
    group by alerts.incident_id, told.contact_id

),

-- what holds an alert back holds its word back: when it goes, the alert is told of
begun as (

    select
        alerts.alert_id,
        contacts.contact_id,
        contacts.channel,
        contacts.address_variable,
        case when contacts.escalate_after_hours > 0 then 'escalated' else 'firing' end as transition
    from alerts
    inner join contacts
        on {{ model_monitor.fits_pattern('alerts.monitor', 'contacts.monitor') }}
        and {{ model_monitor.fits_pattern("coalesce(alerts.owner, '')", 'contacts.owner') }}
        and {{ rank.format('alerts.severity') }} >= {{ rank.format('contacts.severity') }}
    left join told
        on alerts.alert_id = told.alert_id
        and contacts.contact_id = told.contact_id
    left join covered
        on alerts.incident_id = covered.incident_id
        and contacts.contact_id = covered.contact_id
    where alerts.state = 'firing'
        and alerts.inhibited_by is null
        and alerts.silenced_by is null
        and (alerts.nature <> 'expected' or alerts.is_safety)
        -- the same gravity, or less, is no news
        and coalesce(told.severity_rank, 0) < {{ rank.format('alerts.severity') }}
        and (
            alerts.is_safety
            or coalesce(covered.severity_rank, 0) < {{ rank.format('alerts.severity') }}
        )
        and (
            coalesce(contacts.escalate_after_hours, 0) <= 0
            or {{ dbt.datediff('alerts.detected_at', as_of, 'second') }}
                >= 3600 * contacts.escalate_after_hours
        )

),

ended as (

    select
        told.alert_id,
        told.contact_id,
        told.channel,
        told.address_variable,
        'resolved' as transition
    from told
    inner join alerts
        on told.alert_id = alerts.alert_id
    where alerts.state in ('resolved', 'retired')

),

transitions as (

    select * from begun
    union all
    select * from ended

),

written as (

    select
        {{ dbt.hash(
            "alerts.alert_id || '|' || transitions.contact_id || '|' || transitions.transition || '|' || "
            ~ "case when transitions.transition = 'resolved' then '' else alerts.severity end"
        ) }} as transition_id,
        transitions.transition,
        transitions.contact_id,
        transitions.channel,
        transitions.address_variable,
        {{ as_of }} as as_of,
        alerts.alert_id,
        alerts.monitor,
        alerts.model_version,
        alerts.subject,
        alerts.metric,
        alerts.slice_name,
        alerts.slice_value,
        alerts.rule_id,
        alerts.severity,
        coalesce(incidents.message, alerts.message) as message,
        coalesce(incidents.since, alerts.since) as since,
        alerts.resolved_at,
        alerts.current_value,
        alerts.baseline_value,
        coalesce(incidents.likely_cause, alerts.likely_cause) as likely_cause,
        coalesce(incidents.recommended_action, alerts.recommended_action) as recommended_action,
        alerts.owner,
        alerts.runbook,
        alerts.dashboard,
        alerts.incident_id,
        incidents.top_contributors,
        incidents.action_reason,
        incidents.action_against
    from transitions
    inner join alerts
        on transitions.alert_id = alerts.alert_id
    -- in the words of the incident, if it is this alert that speaks for it
    left join incidents
        on alerts.alert_id = incidents.alert_id

),

final as (

    select written.*
    from written
    left join earlier
        on written.transition_id = earlier.transition_id
    where earlier.transition_id is null

)

select * from final
