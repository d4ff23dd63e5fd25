{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='append_new_columns',
    full_refresh=false
) }}
{#- Append-only: what somebody must be told, one row per transition of an alert and contact, in the
    words of the run that saw it. What was sent of it is in monitor_deliveries. -#}
{%- set as_of = model_monitor.as_of_timestamp() %}
{%- set occasion = [
    'transition_id', 'transition', 'contact_id', 'channel', 'address_variable', 'as_of'
] %}
{%- set wording = [
    'alert_id', 'monitor', 'model_version', 'subject', 'metric', 'slice_name', 'slice_value',
    'rule_id', 'severity', 'message', 'since', 'resolved_at', 'current_value', 'baseline_value',
    'likely_cause', 'recommended_action', 'owner', 'runbook', 'dashboard', 'incident_id',
    'top_contributors', 'action_reason', 'action_against'
] %}
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
        as_of,
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
        cast(null as timestamp) as as_of,
        0 as severity_rank
    from (select 1 as nothing) as no_run
    where 1 = 0
    {%- endif %}

),

-- what was told to be over is told anew when it is not
closings as (

    select
        alert_id,
        contact_id,
        count(*) as times,
        max(as_of) as closed_at
    from earlier
    where transition = 'resolved'
    group by alert_id, contact_id

),

-- what a contact believes to be open, by the name that it was told; late rows may have made two
-- alerts one
told as (

    select
        earlier.alert_id as told_as,
        names.alert_id,
        earlier.contact_id,
        min(earlier.channel) as channel,
        min(earlier.address_variable) as address_variable,
        max(earlier.severity_rank) as severity_rank
    from earlier
    left join closings
        on earlier.alert_id = closings.alert_id
        and earlier.contact_id = closings.contact_id
    left join {{ ref('model_monitor', 'int_monitor__alert_names') }} as names
        on earlier.alert_id = names.known_as
    where earlier.transition <> 'resolved'
        and (closings.closed_at is null or earlier.as_of > closings.closed_at)
    group by earlier.alert_id, names.alert_id, earlier.contact_id

),

known as (

    select
        alert_id,
        contact_id,
        max(told_as) as told_as,
        max(severity_rank) as severity_rank
    from told
    group by alert_id, contact_id

),

-- of an incident one alert is told; others have their word when that one has ended
covered as (

    select
        alerts.incident_id,
        known.contact_id,
        max(known.severity_rank) as severity_rank
    from known
    inner join alerts
        on known.alert_id = alerts.alert_id
    where {{ model_monitor.is_open('alerts.state') }}
    group by alerts.incident_id, known.contact_id

),

-- what holds an alert back holds its word back: when it goes, the alert is told of
begun as (

    select
        coalesce(known.told_as, alerts.alert_id) as told_as,
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
    left join known
        on alerts.alert_id = known.alert_id
        and contacts.contact_id = known.contact_id
    left join covered
        on alerts.incident_id = covered.incident_id
        and contacts.contact_id = covered.contact_id
    where alerts.state = 'firing'
        and alerts.inhibited_by is null
        and alerts.silenced_by is null
        and (alerts.nature <> 'expected' or alerts.is_safety)
        -- the same gravity, or less, is no news
        and coalesce(known.severity_rank, 0) < {{ rank.format('alerts.severity') }}
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
        told.told_as,
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
        {{ model_monitor.transition_name(
            'transitions.told_as', 'transitions.contact_id', 'transitions.transition',
            'alerts.severity', 'closings.times'
        ) }} as transition_id,
        transitions.transition,
        transitions.contact_id,
        transitions.channel,
        transitions.address_variable,
        {{ as_of }} as as_of,
        transitions.told_as as alert_id,
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
    left join closings
        on transitions.told_as = closings.alert_id
        and transitions.contact_id = closings.contact_id
    -- in the words of the incident, if it is this alert that speaks for it
    left join incidents
        on alerts.alert_id = incidents.alert_id

),

{%- if is_incremental() %}

-- what late rows show never to have been is over, in the words in which it was told
withdrawn as (

    select
        {{ model_monitor.transition_name(
            'told.told_as', 'told.contact_id', "'resolved'", "''", 'closings.times'
        ) }} as transition_id,
        'resolved' as transition,
        told.contact_id,
        told.channel,
        told.address_variable,
        {{ as_of }} as as_of,
        {%- for column in wording %}
        {{ as_of ~ ' as resolved_at' if column == 'resolved_at' else 'words.' ~ column }},
        {%- endfor %}
        row_number() over (
            partition by told.told_as, told.contact_id order by words.as_of desc
        ) as recency
    from told
    inner join {{ this }} as words
        on told.told_as = words.alert_id
        and told.contact_id = words.contact_id
        and words.transition <> 'resolved'
    left join closings
        on told.told_as = closings.alert_id
        and told.contact_id = closings.contact_id
    where told.alert_id is null

),
{%- endif %}

said as (

    select * from written

    {% if is_incremental() -%}
    union all

    select {{ model_monitor.listed_columns('', occasion + wording) }}
    from withdrawn
    where recency = 1
    {%- endif %}

),

final as (

    select said.*
    from said
    left join earlier
        on said.transition_id = earlier.transition_id
    where earlier.transition_id is null

)

select * from final
