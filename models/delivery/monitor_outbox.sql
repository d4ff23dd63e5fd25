{{ model_monitor.history_model(strategy='append') }}
{#- Append-only notifications: one row per alert transition and contact, with the text of the run
    that saw it. monitor_deliveries records the delivery attempts. -#}
{%- set as_of = model_monitor.as_of_timestamp() %}
{%- set occasion = [
    'transition_id', 'transition', 'contact_id', 'channel', 'address_variable', 'as_of', 'episode'
] %}
{#- columns that rows of an earlier version lack -#}
{%- set newer = [
    'family', 'what', 'location', 'current_text', 'baseline_text', 'top_bins', 'impact'
] %}
{%- set wording = [
    'alert_id', 'monitor', 'model_version', 'subject', 'metric', 'slice_name', 'slice_value',
    'rule_id', 'severity', 'message', 'since', 'resolved_at', 'current_value', 'baseline_value',
    'likely_cause', 'recommended_action', 'owner', 'runbook', 'dashboard', 'incident_id',
    'top_contributors', 'action_reason', 'action_against'
] + newer %}
{%- set reached_at = "case when contacts.severity = 'critical'"
    ~ " then coalesce(alerts.critical_at, alerts.detected_at) else alerts.detected_at end" %}
{%- set text = model_monitor.type_text() %}

with alerts as (

    select
        *,
        {{ model_monitor.shown_level('current_value') | indent(4) }} as current_text,
        {{ model_monitor.shown_level('baseline_value') | indent(4) }} as baseline_text,
        -- a changed relationship explains an effect and is none
        {{ model_monitor.is_impact() }} and family not in ('concept', 'proxies') as is_impact
    from {{ ref('model_monitor', 'monitor_alerts') }}

),

incidents as (

    select * from {{ ref('model_monitor', 'monitor_incidents') }}

),

contacts as (

    select
        *,
        {{ model_monitor.receiver() }} as receiver
    from {{ ref('model_monitor', 'stg_monitor__contacts') }}
    where problem is null

),

earlier as (

    {% if model_monitor.has_history() -%}
    select
        transition_id,
        alert_id,
        contact_id,
        channel,
        address_variable,
        {{ model_monitor.receiver() }} as receiver,
        transition,
        as_of as told_at,
        {{ model_monitor.told_episode(this) }} as episode,
        {{ model_monitor.severity_rank('severity') }} as severity_rank
    from {{ this }}
    {%- else -%}
    select
        cast(null as {{ text }}) as transition_id,
        cast(null as {{ text }}) as alert_id,
        cast(null as {{ text }}) as contact_id,
        cast(null as {{ text }}) as channel,
        cast(null as {{ text }}) as address_variable,
        cast(null as {{ text }}) as receiver,
        cast(null as {{ text }}) as transition,
        cast(null as timestamp) as told_at,
        cast(null as integer) as episode,
        0 as severity_rank
    from (select 1 as nothing) as no_run
    where 1 = 0
    {%- endif %}

),

-- an episode lasts from the first notification to the resolution; a later onset starts
-- a new episode
episodes as (

    select
        alert_id,
        receiver,
        contact_id,
        channel,
        address_variable,
        episode,
        max(severity_rank) as severity_rank,
        min(told_at) as told_from,
        max(case when transition = 'resolved' then 1 else 0 end) as is_over,
        row_number() over (
            partition by alert_id, receiver order by episode desc
        ) as recency
    from earlier
    group by alert_id, receiver, contact_id, channel, address_variable, episode

),

-- The alerts that a receiver believes to be open, by the id in its notification. Late rows may have
-- merged two alerts into one.
notified as (

    select
        episodes.alert_id as told_as,
        names.alert_id,
        episodes.receiver,
        episodes.contact_id,
        episodes.channel,
        episodes.address_variable,
        episodes.episode,
        episodes.severity_rank,
        episodes.told_from
    from episodes
    left join {{ ref('model_monitor', 'int_monitor__alert_aliases') }} as names
        on episodes.alert_id = names.known_as
    where episodes.is_over = 0

),

known as (

    select
        alert_id,
        receiver,
        max(told_as) as told_as,
        max(severity_rank) as severity_rank,
        min(told_from) as told_from
    from notified
    group by alert_id, receiver

),

-- one alert of an incident is notified; others are notified when that one has ended
covered as (

    select
        alerts.incident_id,
        known.receiver,
        max(known.severity_rank) as severity_rank,
        min(known.told_from) as told_from
    from known
    inner join alerts
        on known.alert_id = alerts.alert_id
    where {{ model_monitor.is_open('alerts.state') }}
    group by alerts.incident_id, known.receiver

),

-- incidents that somebody was notified of before this run, or before an equal one
notified_incidents as (

    select distinct incident_id
    from covered
    where told_from < {{ as_of }}

),

-- A suppressed alert is not notified until the suppression ends. Two contact rows of one receiver
-- get one notification.
begun as (

    select
        coalesce(known.told_as, alerts.alert_id) as told_as,
        alerts.alert_id,
        contacts.receiver,
        contacts.contact_id,
        contacts.channel,
        contacts.address_variable,
        max(case when contacts.escalate_after_hours > 0 then 'escalated' else 'firing' end)
            as transition
    from alerts
    inner join contacts
        on {{ model_monitor.fits_contact('alerts', 'contacts') }}
    left join known
        on alerts.alert_id = known.alert_id
        and contacts.receiver = known.receiver
    left join covered
        on alerts.incident_id = covered.incident_id
        and contacts.receiver = covered.receiver
    left join notified_incidents
        on alerts.incident_id = notified_incidents.incident_id
    where (
            alerts.state = 'firing'
            -- an unacknowledged alert still escalates when its data stops
            or (
                alerts.state = 'stale'
                and not alerts.is_answered
                and contacts.escalate_after_hours > 0
                and notified_incidents.incident_id is not null
            )
        )
        and alerts.inhibited_by is null
        and alerts.silenced_by is null
        and (alerts.nature <> 'expected' or alerts.is_safety)
        -- the same or a lower severity is no news
        and coalesce(known.severity_rank, 0) < {{ model_monitor.severity_rank('alerts.severity') }}
        and (
            alerts.is_safety
            or coalesce(covered.severity_rank, 0)
            < {{ model_monitor.severity_rank('alerts.severity') }}
        )
        -- an escalation waits from the time when the alert reached its severity, and
        -- skips false alerts
        and (
            coalesce(contacts.escalate_after_hours, 0) <= 0
            or (
                {{ dbt.datediff(reached_at, as_of, 'second') }}
                    >= 3600 * contacts.escalate_after_hours
                and coalesce(alerts.decision, '') not in ('false', 'expected')
            )
        )
    group by
        coalesce(known.told_as, alerts.alert_id),
        alerts.alert_id,
        contacts.receiver,
        contacts.contact_id,
        contacts.channel,
        contacts.address_variable

),

-- everybody who received the onset, over the same channel
ended as (

    select
        notified.told_as,
        notified.alert_id,
        notified.receiver,
        notified.contact_id,
        notified.channel,
        notified.address_variable,
        'resolved' as transition
    from notified
    inner join alerts
        on notified.alert_id = alerts.alert_id
    where alerts.state in ('resolved', 'accepted', 'retired')

),

transitions as (

    select * from begun
    union all
    select * from ended

),

-- an open episode continues
numbered as (

    select
        transitions.*,
        coalesce(episodes.episode, 0) + coalesce(episodes.is_over, 1) as episode
    from transitions
    left join episodes
        on transitions.told_as = episodes.alert_id
        and transitions.receiver = episodes.receiver
        and episodes.recency = 1

),

-- what an incident has done to predictions and business, its lead alert aside
impact_alerts as (

    select
        alerts.incident_id,
        alerts.what
        || case when alerts.slice_name = '(all)' then '' else ' in ' || alerts.location end
            as impact,
        row_number() over (
            partition by alerts.incident_id
            order by
                case when {{ model_monitor.is_open('alerts.state') }} then 0 else 1 end,
                {{ model_monitor.severity_rank('alerts.severity') }} desc,
                alerts.since,
                alerts.alert_id
        ) as place
    from alerts
    left join incidents
        on alerts.alert_id = incidents.alert_id
    where alerts.is_impact
        and alerts.state <> 'pending'
        and incidents.alert_id is null

),

impacts as (

    select
        incident_id,
        max(case when place = 1 then impact end)
        || coalesce('; ' || max(case when place = 2 then impact end), '') as impact
    from impact_alerts
    where place <= 2
    group by incident_id

),

written as (

    select
        {{ model_monitor.transition_name('numbered', 'alerts.severity') }} as transition_id,
        numbered.transition,
        numbered.contact_id,
        numbered.channel,
        numbered.address_variable,
        {{ as_of }} as as_of,
        numbered.episode,
        numbered.told_as as alert_id,
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
        incidents.action_against,
        alerts.family,
        coalesce(incidents.what, alerts.what) as what,
        coalesce(incidents.location, alerts.location) as location,
        -- the incident may show another place, whose values are not those of this alert
        case when coalesce(incidents.what, alerts.what) = alerts.what then alerts.current_text end
            as current_text,
        case when coalesce(incidents.what, alerts.what) = alerts.what then alerts.baseline_text end
            as baseline_text,
        coalesce(incidents.top_bins, alerts.top_bins) as top_bins,
        coalesce(
            incidents.affected || coalesce('; ' || impacts.impact, ''), impacts.impact
        ) as impact
    from numbered
    inner join alerts
        on numbered.alert_id = alerts.alert_id
    -- with the text of the incident, if this alert leads it
    left join incidents
        on alerts.alert_id = incidents.alert_id
    left join impacts
        on alerts.incident_id = impacts.incident_id

),

{%- if model_monitor.has_history() %}

-- an alert that late rows disproved is resolved, with the text of its notification
unfounded as (

    select
        *,
        'resolved' as transition
    from notified
    where alert_id is null

),

withdrawn as (

    select
        {{ model_monitor.transition_name('unfounded', "''") }} as transition_id,
        unfounded.transition,
        unfounded.contact_id,
        unfounded.channel,
        unfounded.address_variable,
        {{ as_of }} as as_of,
        unfounded.episode,
        {%- for column in wording %}
        {{ as_of ~ ' as resolved_at' if column == 'resolved_at'
            else model_monitor.earlier_text(this, column, 'words.') if column in newer
            else 'words.' ~ column }},
        {%- endfor %}
        row_number() over (
            partition by unfounded.told_as, unfounded.receiver
            order by words.as_of desc, {{ model_monitor.severity_rank('words.severity') }} desc
        ) as recency
    from unfounded
    inner join {{ this }} as words
        on unfounded.told_as = words.alert_id
        and unfounded.receiver = {{ model_monitor.receiver('words.') }}
        and words.transition <> 'resolved'

),
{%- endif %}

notifications as (

    select * from written

    {% if model_monitor.has_history() -%}
    union all

    select {{ model_monitor.listed_columns('', occasion + wording) }}
    from withdrawn
    where recency = 1
    {%- endif %}

),

final as (

    select notifications.*
    from notifications
    left join earlier
        on notifications.transition_id = earlier.transition_id
    where earlier.transition_id is null

)

select * from final
