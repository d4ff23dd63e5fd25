{#- The actions of people on each alert, as known at as_of: who acknowledged it, who silenced it,
    and how it was triaged. The latest of two actions of one kind counts. -#}
{{ model_monitor.view_model() }}
{%- set as_of = model_monitor.as_of_timestamp() %}
{%- set place = ['monitor', 'subject', 'slice_name', 'slice_value'] %}
{%- set action = [
    'act', 'acted_at', 'until', 'author', 'decision', 'action', 'root_cause', 'prevention'
] %}

with alerts as (

    select * from {{ ref('model_monitor', 'int_monitor__alert_states') }}

),

acts as (

    select
        {{ model_monitor.listed_columns('audit', ['act_id'] + action + place) }},
        coalesce(names.alert_id, audit.alert_id) as alert_id
    from {{ ref('model_monitor', 'monitor_audit') }} as audit
    left join {{ ref('model_monitor', 'int_monitor__alert_aliases') }} as names
        on audit.alert_id = names.known_as
    where audit.acted_at <= {{ as_of }}

),

-- alerts of the same group in the same place, or within it
covered as (

    select
        acted.alert_id as said_of,
        acted.critical_at,
        alerts.alert_id
    from (
        select distinct alert_id
        from acts
        where act in ('ack', 'silence')
            and alert_id is not null
    ) as said_of
    inner join alerts as acted
        on said_of.alert_id = acted.alert_id
    inner join {{ ref('model_monitor', 'int_monitor__alert_groups') }} as acted_groups
        on acted.alert_id = acted_groups.alert_id
    inner join {{ ref('model_monitor', 'int_monitor__alert_groups') }} as groups
        on acted_groups.group_id = groups.group_id
    inner join alerts
        on groups.alert_id = alerts.alert_id
    where acted.alert_id <> alerts.alert_id
        -- a safety alert needs its own acknowledgement
        and not alerts.is_safety
        and acted.model_version in ('(all)', alerts.model_version)
        and (acted.slice_name = '(all)' or {{ model_monitor.lies_within('alerts', 'acted') }})

    union all

    select
        alert_id as said_of,
        critical_at,
        alert_id
    from alerts

),

-- An acknowledgement or silence applies to every alert that it covers. A triage decision applies to
-- its own alert only.
latest as (

    select
        covered.alert_id,
        covered.critical_at,
        {{ model_monitor.listed_columns('acts', action) }},
        row_number() over (
            partition by covered.alert_id, acts.act
            order by acts.acted_at desc, acts.act_id desc
        ) as recency,
        -- a later decision that names no cause leaves the cause as it is
        row_number() over (
            partition by covered.alert_id, acts.act
            order by
                case when coalesce(acts.root_cause, acts.prevention) is null then 1 else 0 end asc,
                acts.acted_at desc,
                acts.act_id desc
        ) as cause_recency
    from acts
    inner join covered
        on acts.alert_id = covered.said_of
    where acts.act in ('ack', 'silence')
        or covered.said_of = covered.alert_id

),

-- the latest silence of each pattern
patterns as (

    select
        {{ model_monitor.listed_columns('', place) }},
        until,
        author,
        row_number() over (
            partition by {{ place | join(', ') }}
            order by acted_at desc, act_id desc
        ) as recency
    from acts
    where act = 'silence'
        and alert_id is null

),

silences as (

    select
        cast(null as {{ model_monitor.type_text() }}) as alert_id,
        {{ model_monitor.listed_columns('', place) }},
        until,
        coalesce(author, silence_id) as author
    from {{ ref('model_monitor', 'stg_monitor__silences') }}
    where coalesce(started_at, {{ as_of }}) <= {{ as_of }}

    union all

    select
        null as alert_id,
        {{ model_monitor.listed_columns('', place) }},
        until,
        author
    from patterns
    where recency = 1

    union all

    select
        alert_id,
        null as monitor,
        null as subject,
        null as slice_name,
        null as slice_value,
        until,
        author
    from latest
    where act = 'silence'
        and recency = 1

),

-- the silence that lasts longest
silenced as (

    select
        alerts.alert_id,
        silences.author,
        silences.until,
        row_number() over (
            partition by alerts.alert_id order by silences.until desc, silences.author asc
        ) as choice
    from alerts
    inner join silences
        on coalesce(silences.alert_id, alerts.alert_id) = alerts.alert_id
        and {{ model_monitor.fits_pattern('alerts.monitor', 'silences.monitor') }}
        and {{ model_monitor.fits_pattern('alerts.subject', 'silences.subject') }}
        and {{ model_monitor.fits_slice('alerts', 'silences') }}
    where silences.until > {{ as_of }}

),

action_summary as (

    select
        latest.alert_id,
        -- an alert detected after the acknowledgement counts as acknowledged on detection
        min(case when latest.act = 'ack' then greatest(latest.acted_at, alerts.detected_at) end)
            as acknowledged_at,
        max(case when latest.act = 'ack' then latest.acted_at end) as last_acknowledged_at,
        max(case
            when latest.act = 'ack' and latest.critical_at <= latest.acted_at then 1 else 0
        end) as is_acknowledged_critical,
        max(case when latest.act = 'ack' and latest.recency = 1 then latest.author end)
            as acknowledged_by,
        {%- for name, value, recency in [
            ('decided_at', 'acted_at', 'recency'), ('decided_by', 'author', 'recency'),
            ('decision', 'decision', 'recency'), ('decided_action', 'action', 'recency'),
            ('root_cause', 'root_cause', 'cause_recency'),
            ('prevention', 'prevention', 'cause_recency'),
        ] %}
        max(case when latest.act = 'triage' and latest.{{ recency }} = 1
            then latest.{{ value }} end) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from latest
    inner join alerts
        on latest.alert_id = alerts.alert_id
    group by latest.alert_id

),

final as (

    select
        alerts.alert_id,
        silenced.author as silenced_by,
        silenced.until as silenced_until,
        action_summary.acknowledged_at,
        action_summary.last_acknowledged_at,
        coalesce(action_summary.is_acknowledged_critical, 0) = 1 as is_acknowledged_critical,
        {{ model_monitor.listed_columns('action_summary', [
            'acknowledged_by', 'decided_at', 'decided_by', 'decision', 'decided_action',
            'root_cause', 'prevention'
        ]) }}
    from alerts
    left join silenced
        on alerts.alert_id = silenced.alert_id
        and silenced.choice = 1
    left join action_summary
        on alerts.alert_id = action_summary.alert_id

)

select * from final
