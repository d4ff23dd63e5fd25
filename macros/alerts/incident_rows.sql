{#
    When each incident began, as a query: the first day of its alerts, and the hour of that day if
    the lead alert, or the one that locates the problem (`places`), knows it. The first week or
    month to open has an estimated onset if none of its days tells: then `since` is its last day.
    Estimates of the later ones are no better.
#}
{% macro incident_onset_rows(members, places) -%}
with begun as (

    select
        incident_id,
        min(case
            when opened_at = first_opened_at
                and window_name in ('7d', '30d')
                and since = opened_at - interval '1 day'
                then least(since, coalesce(estimated_day, since))
            else date_trunc('day', since)
        end) as first_day
    from {{ members }}
    where not is_echo
    group by incident_id

)

select
    members.incident_id,
    coalesce(
        min(case
            when (members.is_lead_alert or members.alert_id = places.alert_id)
                and date_trunc('day', members.since) = begun.first_day
                and members.since > begun.first_day
                then members.since
        end),
        cast(begun.first_day as timestamp)
    ) as since
from {{ members }} as members
inner join begun
    on members.incident_id = begun.incident_id
left join {{ places }} as places
    on members.incident_id = places.incident_id
group by members.incident_id, begun.first_day
{%- endmacro %}

{#
    The alert that locates the problem of an incident, as a query: in a narrower slice within the
    lead alert's slice, if the effect is larger there.
#}
{% macro narrower_place_rows(members) -%}
select
    incident_id,
    alert_id
from (
    select
        speakers.incident_id,
        narrower.alert_id,
        row_number() over (
            partition by speakers.incident_id
            order by narrower.strength desc, narrower.alert_id asc
        ) as choice
    from {{ members }} as speakers
    inner join {{ members }} as narrower
        on {{ model_monitor.joined_on('speakers', 'narrower', [
            'incident_id', 'log', 'subject', 'metric', 'model_version'
        ]) }}
        -- one of several slices is larger by chance
        and 1.05 * speakers.strength < narrower.strength
    where speakers.is_lead_alert
        and speakers.slice_name <> '(all)'
        and speakers.slice_name <> narrower.slice_name
        and {{ model_monitor.lies_within('narrower', 'speakers') }}
) as places
where choice = 1
{%- endmacro %}

{#
    What else moved in each incident, as text in a query: the strongest place of each group but that
    of the lead alert, the strongest and most important first. A population shift lists twelve,
    everything else three.
#}
{% macro contributor_rows(members, speakers) -%}
-- how important a subject is, relative to the others of its log
with weights as (

    select
        monitor,
        log,
        subject,
        importance * count(*) over (partition by monitor, log) / nullif(cast(
            sum({{ model_monitor.bounded_decimal('importance', 12) }})
                over (partition by monitor, log)
            as {{ model_monitor.type_double() }}
        ), 0) as weight
    from {{ ref('model_monitor', 'int_monitor__subjects') }}
    where importance is not null

),

-- the strongest place of each group
strongest as (

    select
        members.incident_id,
        members.is_population_shift,
        members.strength * coalesce(weights.weight, 1.0) as strength,
        case when members.log like 'predictions%' then '' else members.log || '.' end
        || members.subject
        || case
            when members.family
                in ({{ model_monitor.word_literals(model_monitor.measured_families()) }})
                then ' ' || replace(members.metric, '_', ' ')
            else ''
        end
        || case
            when members.slice_name = '(all)' then ''
            else ' in ' || {{ model_monitor.shown_slice('members') }}
        end as contributor,
        row_number() over (
            partition by members.incident_id, members.group_id
            order by members.strength desc, members.alert_id asc
        ) as place_in_group
    from {{ members }} as members
    inner join {{ speakers }} as speakers
        on members.incident_id = speakers.incident_id
    left join weights
        on members.monitor = weights.monitor
        and members.log = weights.log
        and members.subject = weights.subject
    where not members.is_echo
        and members.group_id <> speakers.group_id
        -- a shift lists what moved, and no summary of it
        and not (members.is_population_shift and members.family = 'dataset')

),

-- everything else that moved, the strongest and most important first
moved as (

    select
        incident_id,
        is_population_shift,
        contributor,
        row_number() over (
            partition by incident_id order by strength desc, contributor asc
        ) as place
    from (
        select
            incident_id,
            is_population_shift,
            contributor,
            max(strength) as strength
        from strongest
        where place_in_group = 1
        group by incident_id, is_population_shift, contributor
    ) as named

)

select
    incident_id,
    {{ model_monitor.first_texts('contributor', count=12, separator=', ') }} as top_contributors
from moved
where place <= case when is_population_shift then 12 else 3 end
group by incident_id
{%- endmacro %}

{#
    How many inputs, scores and outcomes moved in each incident, and the name of one score and one
    outcome, as a query. shift_what puts them in words.
#}
{% macro shifted_subject_rows(members) -%}
{%- set score = "subject_kind = 'score' and log = 'predictions'" -%}
select
    incident_id,
    count(distinct case when subject_kind in {{ model_monitor.input_kinds() }} then subject end)
        as moved_inputs,
    count(distinct case when {{ score }} then subject end) as moved_scores,
    min(case when {{ score }} then subject end) as moved_score,
    count(distinct case when family = 'labels' then subject end) as moved_outcomes,
    min(case when family = 'labels' then subject end) as moved_outcome
from {{ members }}
where not is_echo
group by incident_id
{%- endmacro %}

{#
    What the alerts of each incident amount to, as a query: its times, its state and how many alerts
    and subjects it has. Only an incident that is over is accepted, by a person or after four weeks.
#}
{% macro incident_state_rows(members) -%}
with counted_alerts as (

    select
        incident_id,
        min(opened_at) as opened_at,
        min(detected_at) as detected_at,
        max(case when not is_lagging then last_seen_at end) as last_seen_at,
        max(case when not is_lagging then resolved_at end) as resolved_at,
        max({{ model_monitor.severity_rank('severity') }}) as worst_severity,
        -- alerts whose lead alert is gone keep nothing open
        max(case
            when is_open_lead and {{ model_monitor.is_open('state') }} then 1
            else 0
        end) = 1 as is_open,
        max(case
            when group_id = speaking_group and nature = 'gradual' then 1
            else 0
        end) = 1 as is_gradual,
        max(case
            when is_accepted then 1
            when state = 'accepted' and is_lead_alert then 1
            else 0
        end) = 1 as has_accepted,
        max(case
            when is_accepted then accepted_at
            when state = 'accepted' and is_lead_alert then resolved_at
        end) as accepted_at,
        min(accepted_by) as accepted_by,
        cast(count(*) as bigint) as alert_count,
        cast(count(distinct subject) as bigint) as subject_count
    from {{ members }}
    group by incident_id

)

select
    incident_id,
    opened_at,
    detected_at,
    last_seen_at,
    case when not is_open and not has_accepted then resolved_at end as resolved_at,
    {{ model_monitor.severity_of_rank('worst_severity') }} as severity,
    is_open,
    is_gradual,
    not is_open and has_accepted as is_accepted,
    case when not is_open then accepted_at end as accepted_at,
    case when not is_open then accepted_by end as accepted_by,
    alert_count,
    subject_count
from counted_alerts
{%- endmacro %}

{#
    The recorded change closest before the first alerts of each incident, as a query: before those
    about the lead alert's subject, if there is one.
#}
{% macro preceding_change_rows(members) -%}
select *
from (
    select
        *,
        row_number() over (
            partition by incident_id
            order by
                case when group_id = speaking_group then 0 else 1 end asc,
                opened_at asc,
                cause_started_at desc,
                alert_id asc
        ) as choice
    from {{ members }}
    where likely_cause is not null
        and not is_echo
        and opened_at <= first_opened_at + interval '1 day'
        and cause_started_at < first_opened_at
) as causes
where choice = 1
{%- endmacro %}

{#
    In how many other values of a slice the same is wrong, as a query by incident, subject, metric
    and slice column. While an incident is open, only its open alerts count.
#}
{% macro spread_rows(members, counted) -%}
select
    {{ model_monitor.listed_columns('members', [
        'incident_id', 'log', 'subject', 'metric', 'slice_name'
    ]) }},
    count(distinct members.slice_value) - 1 as others
from {{ members }} as members
inner join {{ counted }} as counted
    on members.incident_id = counted.incident_id
where not members.is_echo
    and members.slice_name <> '(all)'
    and (not counted.is_open or {{ model_monitor.is_open('members.state') }})
group by
    members.incident_id, members.log, members.subject, members.metric, members.slice_name
{%- endmacro %}
