{{ model_monitor.table_model() }}
{#- Incidents: alerts of one cause, reported once, in the words of the lead alert. -#}
{%- set cause = ['likely_cause', 'cause_kind', 'cause_started_at', 'cause_is_of_version'] %}

with members as (

    select
        members.*,
        facts.subject_kind,
        facts.learned_windows,
        {{ model_monitor.listed_columns('alerts', [
            'monitor', 'log', 'model_version', 'family', 'subject', 'metric', 'slice_name',
            'slice_value', 'window_name', 'state', 'severity', 'nature', 'strength', 'since',
            'opened_at', 'detected_at', 'last_seen_at', 'resolved_at', 'decided_at', 'root_cause',
            'prevention'
        ]) }},
        {{ model_monitor.listed_columns('changes', cause + ['expected_kind']) }},
        speakers.group_id as speaking_group,
        case when bounds.is_sudden and alerts.nature <> 'gradual'
            then cast(date_trunc('day', bounds.onset_about) as timestamp) end as estimated_day,
        min(case when not members.is_echo then alerts.opened_at end) over (
            partition by members.incident_id
        ) as first_opened_at
    from {{ ref('model_monitor', 'int_monitor__incident_members') }} as members
    inner join {{ ref('model_monitor', 'monitor_alerts') }} as alerts
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

causes as (

    {{ model_monitor.preceding_change_rows('members') | indent(4) }}

),

-- what people found out, about whichever alert of the incident they said it last
findings as (

    select
        *,
        row_number() over (
            partition by incident_id order by decided_at desc, alert_id asc
        ) as choice
    from members
    where coalesce(root_cause, prevention) is not null

),

places as (

    {{ model_monitor.narrower_place_rows('members') | indent(4) }}

),

onsets as (

    {{ model_monitor.incident_onset_rows('members', 'places') | indent(4) }}

),

shifted as (

    {{ model_monitor.shifted_subject_rows('members') | indent(4) }}

),

counted as (

    {{ model_monitor.incident_state_rows('members') | indent(4) }}

),

spreads as (

    {{ model_monitor.spread_rows('members', 'counted') | indent(4) }}

),

-- When the lead alert is over and others are not, the next one leads. Another subject has another
-- onset, so it leads with its own message.
speakers as (

    select
        members.*,
        members.group_id = members.speaking_group as is_of_lead_group
    from counted
    inner join members
        on counted.incident_id = members.incident_id
        and case when counted.is_open then members.is_open_lead else members.is_lead_alert end

),

contributors as (

    {{ model_monitor.contributor_rows('members', 'speakers') | indent(4) }}

),

known as (

    select
        {{ model_monitor.listed_columns('counted', [
            'incident_id', 'opened_at', 'detected_at', 'last_seen_at', 'resolved_at',
            'alert_count', 'subject_count', 'is_accepted', 'accepted_at', 'accepted_by'
        ]) }},
        {{ model_monitor.listed_columns('alerts', [
            'alert_id', 'monitor', 'log', 'model_version', 'family', 'subject', 'metric',
            'current_value', 'baseline_value', 'is_learning', 'is_safety', 'message', 'shift_kind',
            'shift_dimension', 'top_segments', 'inhibited_by', 'silenced_by', 'owner', 'runbook',
            'dashboard'
        ]) }},
        {{ model_monitor.listed_columns('speakers', [
            'learned_windows', 'expected_kind', 'is_population_shift', 'is_confirmed_by_labels',
            'stage', 'has_lost_order', 'is_of_lead_group'
        ]) }},
        shown.slice_name,
        shown.slice_value,
        shown.top_bins,
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
        case when counted.is_accepted then 'accepted' else alerts.state end as state,
        case when counted.is_open then alerts.severity else counted.severity end as severity,
        case when alerts.nature = 'expected' then 'expected'
            when counted.is_gradual then 'gradual' else 'incident' end as nature,
        onsets.since,
        alerts.last_seen_at as shown_until,
        {%- for column in cause %}
        case when speakers.is_lead_alert then causes.{{ column }} else speakers.{{ column }} end
            as {{ column }},
        {%- endfor %}
        contributors.top_contributors,
        splits.leading_segment,
        splits.main_segment,
        shown_splits.leading_mistake,
        case when not speakers.is_population_shift then shown_splits.changed_values end
            as changed_values,
        findings.root_cause,
        findings.prevention
    from counted
    inner join onsets
        on counted.incident_id = onsets.incident_id
    inner join shifted
        on counted.incident_id = shifted.incident_id
    inner join speakers
        on counted.incident_id = speakers.incident_id
    inner join {{ ref('model_monitor', 'monitor_alerts') }} as alerts
        on speakers.alert_id = alerts.alert_id
    left join places
        on counted.incident_id = places.incident_id
    inner join {{ ref('model_monitor', 'monitor_alerts') }} as shown
        on case when speakers.is_lead_alert then coalesce(places.alert_id, speakers.alert_id)
            else speakers.alert_id end = shown.alert_id
    left join spreads
        on {{ model_monitor.joined_on(
            'shown', 'spreads', ['log', 'subject', 'metric', 'slice_name']
        ) }}
        and counted.incident_id = spreads.incident_id
    left join {{ ref('model_monitor', 'int_monitor__alert_splits') }} as splits
        on alerts.alert_id = splits.alert_id
    left join {{ ref('model_monitor', 'int_monitor__alert_splits') }} as shown_splits
        on shown.alert_id = shown_splits.alert_id
    left join causes
        on counted.incident_id = causes.incident_id
    left join findings
        on counted.incident_id = findings.incident_id
        and findings.choice = 1
    left join contributors
        on counted.incident_id = contributors.incident_id
    left join (
        {{ model_monitor.input_count_rows() | indent(8) }}
    ) as input_counts
        on alerts.monitor = input_counts.monitor
        and alerts.log = input_counts.log

),

affected as (

    {{ model_monitor.affected_rows('known') | indent(4) }}

),

advised as (

    select
        known.*,
        {{ model_monitor.listed_columns('affected', [
            'affected_rows', 'affected_requests', 'affected_days', 'affected_value'
        ]) }},
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
        case when is_of_lead_group or is_population_shift then {{ model_monitor.alert_message() }}
            else message end as message,
        {{ model_monitor.listed_columns('', [
            'alert_id', 'log', 'model_version', 'family', 'subject', 'metric', 'slice_name',
            'slice_value', 'what', 'location', 'since', 'opened_at', 'detected_at',
            'last_seen_at', 'resolved_at', 'alert_count', 'subject_count', 'affected_rows',
            'affected_requests', 'affected_days', 'affected_value'
        ]) }},
        {{ model_monitor.affected_text() }} as affected,
        {{ model_monitor.listed_columns('', [
            'likely_cause', 'cause_started_at', 'top_contributors', 'shift_kind',
            'shift_dimension', 'top_segments', 'top_bins', 'recommended_action'
        ]) }},
        {{ model_monitor.fix_of_action() }} as fix,
        {{ model_monitor.action_text(0) }} as action_reason,
        {{ model_monitor.action_text(1) }} as action_against,
        {{ model_monitor.listed_columns('', [
            'is_population_shift', 'accepted_at', 'accepted_by', 'root_cause', 'prevention',
            'inhibited_by', 'silenced_by', 'is_learning', 'is_safety', 'owner', 'runbook',
            'dashboard'
        ]) }}
    from advised

)

select * from final
