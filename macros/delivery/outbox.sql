{# The supported channels: those of python/model_monitor/delivery/channels.py. #}
{% macro contact_channels() %}
    {{ return(['alertmanager', 'apprise', 'pagerduty', 'slack', 'webhook']) }}
{% endmacro %}

{#
    Whether a text can be the name of an environment variable: letters, digits and underscores. A
    long text without an underscore is treated as a pasted key.
#}
{% macro names_variable(text) -%}
(
    coalesce({{ text }}, '') <> ''
    and translate(
        upper({{ text }}), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_', ''
    ) = ''
    and substr({{ text }}, 1, 1) not in ('0', '1', '2', '3', '4', '5', '6', '7', '8', '9')
    and (length({{ text }}) < 20 or position('_' in {{ text }}) > 0)
)
{%- endmacro %}

{#
    Whether a text names a variable that may hold an address. Any other variable may hold a
    password, which a row of contacts must not be able to send away. `policy: address_prefixes` has
    the prefixes.
#}
{% macro may_hold_address(text) -%}
(
    {{ model_monitor.names_variable(text) | indent(4) }}
    and {{ model_monitor.has_address_prefix(text) | indent(4) }}
)
{%- endmacro %}

{# Whether a text names a variable that may not hold an address. #}
{% macro is_other_variable(text) -%}
(
    {{ model_monitor.names_variable(text) | indent(4) }}
    and not {{ model_monitor.has_address_prefix(text) | indent(4) }}
)
{%- endmacro %}

{% macro has_address_prefix(text) -%}
{%- set begins = [] -%}
{%- for prefix in model_monitor.address_prefixes() -%}
    {%- do begins.append('substr(' ~ text ~ ', 1, ' ~ prefix | length ~ ") = '" ~ prefix ~ "'") -%}
{%- endfor -%}
(
    {{ begins | join('\n    or ') }}
)
{%- endmacro %}

{% macro address_prefixes() %}
    {{ return(model_monitor.configuration()['address_prefixes']) }}
{% endmacro %}

{#
    Whether an alert shows an effect on predictions or business. Estimates precede labels, and missing
    labels are not yet an effect.
#}
{% macro is_impact() -%}
(layer in ('performance', 'business') and family not in ('estimates', 'labels'))
{%- endmacro %}

{#
    A column of the earlier rows of monitor_outbox, which may be older than the column. `prefix` is the
    relation's name with its dot.
#}
{% macro earlier_text(outbox, column, prefix) -%}
{%- set names = (model_monitor.columns_of(outbox) or []) | map(attribute='name') | map('lower') -%}
{{ prefix ~ column if column in names
    else 'cast(null as ' ~ model_monitor.type_text() ~ ') as ' ~ column }}
{%- endmacro %}

{# Whether a contact receives an alert or an incident: its monitor, owner and severity fit. #}
{% macro fits_contact(told, contact) -%}
{{ model_monitor.fits_pattern(told ~ '.monitor', contact ~ '.monitor') }}
        and {{ model_monitor.fits_pattern("coalesce(" ~ told ~ ".owner, '')", contact ~ '.owner') }}
        and {{ model_monitor.severity_rank(told ~ '.severity') }} >= {{ model_monitor.severity_rank(contact ~ '.severity') }}
{%- endmacro %}

{#
    The identity of a receiver: a contact with a new channel or address is a new receiver, and so is
    one of two rows with the same contact_id. `prefix` is the relation's name with its dot.
#}
{% macro receiver(prefix='') -%}
coalesce({{ prefix }}contact_id, '') || '|' || coalesce({{ prefix }}channel, '') || '|'
    || coalesce({{ prefix }}address_variable, '')
{%- endmacro %}

{#
    The name of a transition. It is the same in every run, so a receiver who is notified twice can
    drop one notification. Uses the columns told_as, receiver, transition and episode of a relation.
#}
{% macro transition_name(relation, severity) -%}
{{ dbt.hash(
    relation ~ ".told_as || '|' || " ~ relation ~ ".receiver || '|' || " ~ relation ~ ".transition"
    ~ " || '|' || case when " ~ relation ~ ".transition = 'resolved' then '' else " ~ severity
    ~ " end || '|' || cast(" ~ relation ~ ".episode as " ~ model_monitor.type_text() ~ ")"
) }}
{%- endmacro %}

{#
    How many times a receiver has been notified of the onset of an alert, over the rows of
    monitor_outbox. For rows older than the column `episode`: one more than the number of episodes
    that earlier runs resolved.
#}
{% macro told_episode(outbox) -%}
{%- set of_alert = 'partition by alert_id, contact_id, channel, address_variable' -%}
{%- set over = "sum(case when transition = 'resolved' then 1 else 0 end) over (" -%}
{%- set counted -%}
cast(
            1 + {{ over }}{{ of_alert }} order by as_of)
            - {{ over }}{{ of_alert }}, as_of) as integer
        )
{%- endset -%}
{%- set names = (model_monitor.columns_of(outbox) or []) | map(attribute='name') | map('lower') -%}
{%- if 'episode' in names -%}
coalesce(episode, {{ counted }})
{%- else -%}
{{ counted }}
{%- endif -%}
{%- endmacro %}

{#
    The notifications of earlier runs, as a query over monitor_outbox; no row if there are none yet.
#}
{% macro earlier_notification_rows(outbox) -%}
{%- set text = model_monitor.type_text() -%}
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
    {{ model_monitor.told_episode(outbox) }} as episode,
    {{ model_monitor.severity_rank('severity') }} as severity_rank
from {{ outbox }}
{%- else -%}
select
    {%- for column in [
        'transition_id', 'alert_id', 'contact_id', 'channel', 'address_variable', 'receiver',
        'transition'
    ] %}
    cast(null as {{ text }}) as {{ column }},
    {%- endfor %}
    cast(null as timestamp) as told_at,
    cast(null as integer) as episode,
    0 as severity_rank
from (select 1 as nothing) as no_run
where 1 = 0
{%- endif %}
{%- endmacro %}

{#
    The onsets that receivers are to be notified of, as a query: firing alerts of which a receiver
    has not been notified at this severity (`known`), nor of another alert of the incident
    (`covered`). A suppressed alert is not notified until the suppression ends. Two contact rows of
    one receiver get one notification. Incidents that somebody was notified of before this run, or
    before an equal one, still escalate when their data stops.
#}
{% macro due_onset_rows(alerts, contacts, known, covered) -%}
{%- set as_of = model_monitor.as_of_timestamp() -%}
{%- set reached_at = "case when contacts.severity = 'critical'"
    ~ " then coalesce(alerts.critical_at, alerts.detected_at) else alerts.detected_at end" -%}
with notified_incidents as (

    select distinct incident_id
    from {{ covered }}
    where told_from < {{ as_of }}

)

select
    coalesce(known.told_as, alerts.alert_id) as told_as,
    alerts.alert_id,
    contacts.receiver,
    contacts.contact_id,
    contacts.channel,
    contacts.address_variable,
    max(case when contacts.escalate_after_hours > 0 then 'escalated' else 'firing' end)
        as transition
from {{ alerts }} as alerts
inner join {{ contacts }} as contacts
    on {{ model_monitor.fits_contact('alerts', 'contacts') }}
left join {{ known }} as known
    on alerts.alert_id = known.alert_id
    and contacts.receiver = known.receiver
left join {{ covered }} as covered
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
{%- endmacro %}

{#
    What each incident has done to predictions and business, its lead alert aside, as text in a
    query: its two most important alerts with an effect, open ones first.
#}
{% macro impact_rows(alerts, incidents) -%}
with impact_alerts as (

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
    from {{ alerts }} as alerts
    left join {{ incidents }} as incidents
        on alerts.alert_id = incidents.alert_id
    where alerts.is_impact
        and alerts.state <> 'pending'
        and incidents.alert_id is null

)

select
    incident_id,
    {{ model_monitor.first_texts('impact', count=2) }} as impact
from impact_alerts
group by incident_id
{%- endmacro %}

{#
    The resolutions of notified alerts that late rows disproved, as a query over the rows of
    monitor_outbox: with the text of their latest notification. `newer` are columns that rows of an
    earlier version lack.
#}
{% macro withdrawn_rows(notified, outbox, occasion, wording, newer) -%}
{%- set as_of = model_monitor.as_of_timestamp() -%}
with unfounded as (

    select
        *,
        'resolved' as transition
    from {{ notified }}
    where alert_id is null

)

select {{ model_monitor.listed_columns('', occasion + wording) }}
from (
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
            else model_monitor.earlier_text(outbox, column, 'words.') if column in newer
            else 'words.' ~ column }},
        {%- endfor %}
        row_number() over (
            partition by unfounded.told_as, unfounded.receiver
            order by words.as_of desc, {{ model_monitor.severity_rank('words.severity') }} desc
        ) as recency
    from unfounded
    inner join {{ outbox }} as words
        on unfounded.told_as = words.alert_id
        and unfounded.receiver = {{ model_monitor.receiver('words.') }}
        and words.transition <> 'resolved'
) as withdrawn
where recency = 1
{%- endmacro %}
