{{ model_monitor.table_model() }}
{#- Incidents: alerts of one cause, reported once, in the words of the lead alert. -#}

with alerts as (

    select * from {{ ref('model_monitor', 'monitor_alerts') }}

),

members as (

    select
        members.*,
        alerts.monitor,
        alerts.log,
        alerts.model_version,
        alerts.family,
        alerts.subject,
        facts.subject_kind,
        alerts.metric,
        alerts.slice_name,
        alerts.slice_value,
        alerts.window_name,
        alerts.state,
        alerts.severity,
        alerts.nature,
        alerts.strength,
        alerts.since,
        alerts.opened_at,
        alerts.detected_at,
        alerts.last_seen_at,
        alerts.resolved_at,
        changes.likely_cause,
        changes.cause_kind,
        changes.cause_started_at,
        changes.cause_is_of_version,
        changes.expected_kind,
        speakers.group_id as speaking_group,
        case when bounds.is_sudden and alerts.nature <> 'gradual'
            then cast(date_trunc('day', bounds.onset_about) as timestamp) end as estimated_day,
        min(case when not members.is_echo then alerts.opened_at end) over (
            partition by members.incident_id
        ) as first_opened_at
    from {{ ref('model_monitor', 'int_monitor__incident_members') }} as members
    inner join alerts
        on members.alert_id = alerts.alert_id
    inner join {{ ref('model_monitor', 'int_monitor__alert_states') }} as facts
        on members.alert_id = facts.alert_id
    inner join {{ ref('model_monitor', 'int_monitor__alert_changes') }} as changes
        on members.alert_id = changes.alert_id
    left join {{ ref('model_monitor', 'int_monitor__onset_bounds') }} as bounds
        on members.alert_id = bounds.alert_id
    inner join {{ ref('model_monitor', 'int_monitor__incident_members') }} as speakers
        on members.incident_id = speakers.incident_id
        and speakers.is_lead_alert

),

-- The first week or month to open has an estimated onset if none of its days tells: then `since` is
-- its last day. Estimates of the later ones are no better.
begun as (

    select
        incident_id,
        min(case
            when opened_at = first_opened_at
                and window_name in ('7d', '30d')
                and since = opened_at - interval '1 day'
                then least(since, coalesce(estimated_day, since))
            else date_trunc('day', since)
        end) as first_day
    from members
    where not is_echo
    group by incident_id

),

-- the change closest before the first alerts, about the lead alert's subject if there is one
causes as (

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
    from members
    where likely_cause is not null
        and not is_echo
        and opened_at <= first_opened_at + interval '1 day'
        and cause_started_at < first_opened_at

),

-- what people found out, about whichever alert of the incident they said it last
findings as (

    select
        members.incident_id,
        alerts.root_cause,
        alerts.prevention,
        row_number() over (
            partition by members.incident_id
            order by alerts.decided_at desc, alerts.alert_id asc
        ) as choice
    from members
    inner join alerts
        on members.alert_id = alerts.alert_id
    where coalesce(alerts.root_cause, alerts.prevention) is not null

),

-- a narrower slice within the lead alert's slice locates the problem, if the effect is larger there
places as (

    select
        speakers.incident_id,
        narrower.alert_id,
        row_number() over (
            partition by speakers.incident_id
            order by narrower.strength desc, narrower.alert_id asc
        ) as choice
    from members as speakers
    inner join members as narrower
        on speakers.incident_id = narrower.incident_id
        and speakers.log = narrower.log
        and speakers.subject = narrower.subject
        and speakers.metric = narrower.metric
        and speakers.model_version = narrower.model_version
        -- one of several slices is larger by chance
        and 1.05 * speakers.strength < narrower.strength
    where speakers.is_lead_alert
        and speakers.slice_name <> '(all)'
        and speakers.slice_name <> narrower.slice_name
        and {{ model_monitor.lies_within('narrower', 'speakers') }}

),

counted as (

    select
        members.incident_id,
        begun.first_day,
        places.alert_id as place_id,
        -- the hour, if the lead alert, or the one that locates the problem, knows it on that day
        min(case
            when (members.is_lead_alert or members.alert_id = places.alert_id)
                and date_trunc('day', members.since) = begun.first_day
                and members.since > begun.first_day
                then members.since
        end) as first_hour,
        min(members.opened_at) as opened_at,
        min(members.detected_at) as detected_at,
        max(case when not members.is_lagging then members.last_seen_at end) as last_seen_at,
        max(case when not members.is_lagging then members.resolved_at end) as resolved_at,
        max(case when members.severity = 'critical' then 1 else 0 end) as is_critical,
        -- alerts whose lead alert is gone keep nothing open
        max(case
            when members.is_open_lead and {{ model_monitor.is_open('members.state') }} then 1
            else 0
        end) as is_open,
        max(case
            when members.group_id = members.speaking_group and members.nature = 'gradual' then 1
            else 0
        end) as is_gradual,
        max(case
            when members.is_accepted then 1
            when members.state = 'accepted' and members.is_lead_alert then 1
            else 0
        end) as is_accepted,
        max(case
            when members.is_accepted then members.accepted_at
            when members.state = 'accepted' and members.is_lead_alert then members.resolved_at
        end) as accepted_at,
        min(members.accepted_by) as accepted_by,
        cast(count(*) as bigint) as alert_count,
        cast(count(distinct members.subject) as bigint) as subject_count,
        count(distinct case
            when not members.is_echo and members.subject_kind in {{ model_monitor.input_kinds() }}
                then members.subject
        end) as moved_inputs,
        count(distinct case
            when not members.is_echo
                and members.subject_kind = 'score'
                and members.log = 'predictions'
                then members.subject
        end) as moved_scores,
        min(case
            when not members.is_echo
                and members.subject_kind = 'score'
                and members.log = 'predictions'
                then members.subject
        end) as moved_score,
        count(distinct case
            when not members.is_echo and members.family = 'labels' then members.subject
        end) as moved_outcomes,
        min(case
            when not members.is_echo and members.family = 'labels' then members.subject
        end) as moved_outcome
    from members
    inner join begun
        on members.incident_id = begun.incident_id
    left join places
        on members.incident_id = places.incident_id
        and places.choice = 1
    group by members.incident_id, begun.first_day, places.alert_id

),

-- in how many other values of a slice the same is wrong
spreads as (

    select
        members.incident_id,
        members.log,
        members.subject,
        members.metric,
        members.slice_name,
        count(distinct members.slice_value) - 1 as others
    from members
    inner join counted
        on members.incident_id = counted.incident_id
    where not members.is_echo
        and members.slice_name <> '(all)'
        and (counted.is_open = 0 or {{ model_monitor.is_open('members.state') }})
    group by
        members.incident_id,
        members.log,
        members.subject,
        members.metric,
        members.slice_name

),

-- When the lead alert is over and others are not, the next one leads. Another subject has another
-- onset, so it leads with its own message.
current_leads as (

    select
        counted.incident_id,
        speakers.alert_id,
        speakers.group_id,
        speakers.is_lead_alert,
        speakers.group_id = leads.group_id as is_of_lead_group,
        speakers.stage,
        speakers.has_lost_order,
        speakers.is_population_shift,
        speakers.is_confirmed_by_labels
    from counted
    inner join {{ ref('model_monitor', 'int_monitor__incident_members') }} as speakers
        on counted.incident_id = speakers.incident_id
        and case when counted.is_open = 1 then speakers.is_open_lead else speakers.is_lead_alert end
    inner join {{ ref('model_monitor', 'int_monitor__incident_members') }} as leads
        on counted.incident_id = leads.incident_id
        and leads.is_lead_alert

),

-- how important a subject is, relative to the others of its log
weights as (

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
    from members
    inner join current_leads
        on members.incident_id = current_leads.incident_id
    left join weights
        on members.monitor = weights.monitor
        and members.log = weights.log
        and members.subject = weights.subject
    where not members.is_echo
        and members.group_id <> current_leads.group_id
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

),

contributors as (

    select
        incident_id,
        max(case when place = 1 then contributor end)
        {%- for place in range(2, 13) %}
        || coalesce(', ' || max(case when place = {{ place }} then contributor end), '')
        {%- endfor %}
            as top_contributors
    from moved
    where place <= case when is_population_shift then 12 else 3 end
    group by incident_id

),

input_counts as (

    {{ model_monitor.input_count_rows() | indent(4) }}

),

known as (

    select
        counted.incident_id,
        alerts.alert_id,
        alerts.monitor,
        alerts.log,
        alerts.model_version,
        alerts.family,
        alerts.subject,
        alerts.metric,
        alerts.current_value,
        alerts.baseline_value,
        shown.slice_name,
        shown.slice_value,
        case
            when speakers.is_population_shift then {{ model_monitor.shift_what() }}
            else shown.what
        end as what,
        shown.location
        || case
            when spreads.others > 0
                then ' and ' || {{ model_monitor.shown_number('spreads.others') }} || ' more'
            else ''
        end as location,
        alerts.is_learning,
        facts.learned_windows,
        alerts.is_safety,
        alerts.message,
        case when counted.is_open = 0 and counted.is_accepted = 1 then 'accepted'
            else alerts.state end as state,
        speakers.is_population_shift,
        speakers.is_confirmed_by_labels,
        counted.is_open = 0 and counted.is_accepted = 1 as is_accepted,
        case when counted.is_open = 0 then counted.accepted_at end as accepted_at,
        case when counted.is_open = 0 then counted.accepted_by end as accepted_by,
        case
            when counted.is_open = 1 then alerts.severity
            when counted.is_critical = 1 then 'critical'
            else 'warn'
        end as severity,
        case
            when alerts.nature = 'expected' then 'expected'
            when counted.is_gradual = 1 then 'gradual'
            else 'incident'
        end as nature,
        speakers.stage,
        speakers.has_lost_order,
        coalesce(counted.first_hour, cast(counted.first_day as timestamp)) as since,
        counted.opened_at,
        counted.detected_at,
        counted.last_seen_at,
        alerts.last_seen_at as shown_until,
        case when counted.is_open = 0 and counted.is_accepted = 0
            then counted.resolved_at end as resolved_at,
        counted.alert_count,
        counted.subject_count,
        speakers.is_lead_alert,
        speakers.is_of_lead_group,
        case when speakers.is_lead_alert then causes.likely_cause else changes.likely_cause end
            as likely_cause,
        case when speakers.is_lead_alert then causes.cause_kind else changes.cause_kind end
            as cause_kind,
        case
            when speakers.is_lead_alert then causes.cause_started_at
            else changes.cause_started_at
        end
            as cause_started_at,
        coalesce(
            case
                when speakers.is_lead_alert then causes.cause_is_of_version
                else changes.cause_is_of_version
            end,
            false
        ) as cause_is_of_version,
        changes.expected_kind,
        contributors.top_contributors,
        alerts.shift_kind,
        alerts.shift_dimension,
        alerts.top_segments,
        shown.top_bins,
        splits.leading_segment,
        splits.main_segment,
        shown_splits.leading_mistake,
        case when not speakers.is_population_shift then shown_splits.changed_values end
            as changed_values,
        alerts.inhibited_by,
        alerts.silenced_by,
        findings.root_cause,
        findings.prevention,
        alerts.owner,
        alerts.runbook,
        alerts.dashboard
    from counted
    inner join current_leads as speakers
        on counted.incident_id = speakers.incident_id
    inner join alerts
        on speakers.alert_id = alerts.alert_id
    inner join alerts as shown
        on case when speakers.is_lead_alert then coalesce(counted.place_id, speakers.alert_id)
            else speakers.alert_id end = shown.alert_id
    inner join {{ ref('model_monitor', 'int_monitor__alert_states') }} as facts
        on speakers.alert_id = facts.alert_id
    inner join {{ ref('model_monitor', 'int_monitor__alert_changes') }} as changes
        on speakers.alert_id = changes.alert_id
    left join spreads
        on speakers.incident_id = spreads.incident_id
        and shown.log = spreads.log
        and shown.subject = spreads.subject
        and shown.metric = spreads.metric
        and shown.slice_name = spreads.slice_name
    left join {{ ref('model_monitor', 'int_monitor__alert_splits') }} as splits
        on alerts.alert_id = splits.alert_id
    left join {{ ref('model_monitor', 'int_monitor__alert_splits') }} as shown_splits
        on shown.alert_id = shown_splits.alert_id
    left join causes
        on counted.incident_id = causes.incident_id
        and causes.choice = 1
    left join findings
        on counted.incident_id = findings.incident_id
        and findings.choice = 1
    left join contributors
        on counted.incident_id = contributors.incident_id
    left join input_counts
        on alerts.monitor = input_counts.monitor
        and alerts.log = input_counts.log

),

affected as (

    {{ model_monitor.affected_rows('known') | indent(4) }}

),

advised as (

    select
        known.*,
        affected.affected_rows,
        affected.affected_requests,
        affected.affected_days,
        affected.affected_value,
        {{ model_monitor.recommended_action() }} as recommended_action
    from known
    left join affected
        on known.incident_id = affected.incident_id

),

final as (

    select
        incident_id,
        monitor,
        state,
        severity,
        nature,
        case
            when is_of_lead_group or is_population_shift then {{ model_monitor.alert_sentence() }}
                || {{ model_monitor.mix_note() }}
                || {{ model_monitor.mistake_note() }}
                || {{ model_monitor.category_note() }}
                || {{ model_monitor.learning_note() }}
                || {{ model_monitor.accepted_note('is_accepted') }}
            else message
        end as message,
        alert_id,
        log,
        model_version,
        family,
        subject,
        metric,
        slice_name,
        slice_value,
        what,
        location,
        since,
        opened_at,
        detected_at,
        last_seen_at,
        resolved_at,
        alert_count,
        subject_count,
        affected_rows,
        affected_requests,
        affected_days,
        affected_value,
        {{ model_monitor.affected_text() }} as affected,
        likely_cause,
        cause_started_at,
        top_contributors,
        shift_kind,
        shift_dimension,
        top_segments,
        top_bins,
        recommended_action,
        {{ model_monitor.fix_of_action() }} as fix,
        {{ model_monitor.action_text(0) }} as action_reason,
        {{ model_monitor.action_text(1) }} as action_against,
        is_population_shift,
        accepted_at,
        accepted_by,
        root_cause,
        prevention,
        inhibited_by,
        silenced_by,
        is_learning,
        is_safety,
        owner,
        runbook,
        dashboard
    from advised

)

select * from final
