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
{#- An alert has the words of the incident that it leads. The incident may show another place, whose
    values are not those of this alert. -#}
{%- set same_place = 'coalesce(incidents.what, alerts.what) = alerts.what' %}
{%- set worded = {
    'alert_id': 'numbered.told_as',
    'current_text': 'case when ' ~ same_place ~ ' then alerts.current_text end',
    'baseline_text': 'case when ' ~ same_place ~ ' then alerts.baseline_text end',
    'impact': "coalesce(incidents.affected || coalesce('; ' || impacts.impact, ''),"
        ~ ' impacts.impact)',
} %}
{%- for column in [
    'message', 'since', 'likely_cause', 'recommended_action', 'what', 'location', 'top_bins'
] %}
    {%- do worded.update({column: 'coalesce(incidents.' ~ column ~ ', alerts.' ~ column ~ ')'}) %}
{%- endfor %}
{%- for column in ['top_contributors', 'action_reason', 'action_against'] %}
    {%- do worded.update({column: 'incidents.' ~ column}) %}
{%- endfor %}
{%- set receiver = ['receiver', 'contact_id', 'channel', 'address_variable'] %}

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

    {{ model_monitor.earlier_notification_rows(this) | indent(4) }}

),

-- an episode lasts from the first notification to the resolution; a later onset starts
-- a new episode
episodes as (

    select
        {{ model_monitor.listed_columns('', ['alert_id'] + receiver + ['episode']) }},
        max(severity_rank) as severity_rank,
        min(told_at) as told_from,
        max(case when transition = 'resolved' then 1 else 0 end) as is_over,
        row_number() over (
            partition by alert_id, receiver order by episode desc
        ) as recency
    from earlier
    group by alert_id, {{ receiver | join(', ') }}, episode

),

-- The alerts that a receiver believes to be open, by the id in its notification. Late rows may have
-- merged two alerts into one.
notified as (

    select
        episodes.alert_id as told_as,
        names.alert_id,
        {{ model_monitor.listed_columns(
            'episodes', receiver + ['episode', 'severity_rank', 'told_from']
        ) }}
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

begun as (

    {{ model_monitor.due_onset_rows('alerts', 'contacts', 'known', 'covered') | indent(4) }}

),

-- everybody who received the onset, over the same channel
ended as (

    select
        notified.told_as,
        notified.alert_id,
        {{ model_monitor.listed_columns('notified', receiver) }},
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

impacts as (

    {{ model_monitor.impact_rows('alerts', 'incidents') | indent(4) }}

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
        {%- for column in wording %}
        {{ worded.get(column, 'alerts.' ~ column) }} as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
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

withdrawn as (

    {{ model_monitor.withdrawn_rows('notified', this, occasion, wording, newer) | indent(4) }}

),
{%- endif %}

notifications as (

    select * from written

    {% if model_monitor.has_history() -%}
    union all

    select * from withdrawn
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
