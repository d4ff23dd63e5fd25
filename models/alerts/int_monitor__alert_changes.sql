{{ model_monitor.table_model() }}
{#- Changes near each alert: the change that most likely caused it and, if there is one, the change
    that makes it expected. -#}

with onset_ranges as (

    select
        facts.*,
        -- if its days do not tell, the onset of a longer window is on its last day
        coalesce(
            onsets.since,
            case
                when facts.window_name in ('7d', '30d') then facts.opened_at - interval '1 day'
                else facts.first_window_start
            end
        ) as since,
        -- a daily window gives no hour: a change may begin anywhere in the day
        case
            when onsets.since is null then facts.opened_at
            when facts.window_name in ('7d', '30d') then onsets.since + interval '1 day'
            else onsets.since + interval '1 hour'
        end as since_at_latest
    from {{ ref('model_monitor', 'int_monitor__alert_states') }} as facts
    left join {{ ref('model_monitor', 'int_monitor__alert_onsets') }} as onsets
        on facts.alert_id = onsets.alert_id

),

groups as (

    select * from {{ ref('model_monitor', 'int_monitor__alert_groups') }}

),

-- a daily alert may have seen the same event, and it knows the onset more precisely
first_days as (

    select
        longer.alert_id,
        shorter.since,
        shorter.since_at_latest,
        row_number() over (
            partition by longer.alert_id order by shorter.opened_at, shorter.since, shorter.alert_id
        ) as choice
    from onset_ranges as longer
    inner join groups as longer_groups
        on longer.alert_id = longer_groups.alert_id
    inner join groups as shorter_groups
        on longer_groups.group_id = shorter_groups.group_id
        and shorter_groups.echo_of is null
    inner join onset_ranges as shorter
        on shorter_groups.alert_id = shorter.alert_id
        and shorter.window_name not in ('7d', '30d')
        and shorter.opened_at > longer.first_window_start
        and shorter.opened_at <= longer.opened_at
        and {{ model_monitor.shares_place('shorter', 'longer') }}
    where longer.window_name in ('7d', '30d')

),

alerts as (

    select
        onset_ranges.alert_id,
        onset_ranges.monitor,
        onset_ranges.model_version,
        onset_ranges.family,
        onset_ranges.subject,
        onset_ranges.subject_kind,
        onset_ranges.slice_name,
        onset_ranges.slice_value,
        onset_ranges.window_name,
        onset_ranges.opened_at,
        onset_ranges.last_seen_at,
        coalesce(first_days.since, onset_ranges.since) as since,
        coalesce(first_days.since_at_latest, onset_ranges.since_at_latest) as since_at_latest
    from onset_ranges
    left join first_days
        on onset_ranges.alert_id = first_days.alert_id
        and first_days.choice = 1

),

changes as (

    select
        *,
        coalesce(ended_at, started_at + interval '7 days') as effect_until
    from {{ ref('model_monitor', 'stg_monitor__changes') }}

),

pairs as (

    select
        alerts.alert_id,
        changes.change_id,
        changes.kind,
        changes.name,
        changes.started_at,
        coalesce(changes.model_version, '') not in ('', '*') as is_of_version,
        changes.started_at >= alerts.since - interval '1 day'
        and changes.started_at < alerts.since_at_latest
        and {{ model_monitor.fits_pattern('alerts.subject', 'changes.subject') }}
        -- a change in ID does not affect FR; it may affect all rows, or mobile
        and (
            coalesce(changes.slice_name, '') in ('', '*')
            or position('+' || changes.slice_name || '+' in '+' || alerts.slice_name || '+') = 0
            or {{ model_monitor.fits_pattern('alerts.slice_value', 'changes.slice_value') }}
            or position('+' || changes.slice_value || '+' in '+' || alerts.slice_value || '+') > 0
        ) as is_near,
        -- a known incident is still notified, unless people ask to hold it
        changes.expected_effect in ('annotate', 'hold')
        and (changes.kind <> 'incident' or changes.expected_effect = 'hold')
        and changes.started_at < alerts.opened_at
        and changes.effect_until > alerts.since
        -- A change explains nothing beyond its stated end and the windows that still contain
        -- part of it. Without a stated end a change may be permanent, and so may a deployment.
        and (
            changes.ended_at is null
            or changes.kind in ('deploy', 'version')
            or alerts.last_seen_at <= case alerts.window_name
                when '30d' then changes.ended_at + interval '30 days'
                when '7d' then changes.ended_at + interval '7 days'
                else changes.ended_at + interval '2 days'
            end
        )
        and {{ model_monitor.fits_pattern('alerts.subject', 'changes.subject') }}
        and {{ model_monitor.fits_slice('alerts', 'changes') }}
        -- a deploy is meant to move scores and traffic; nobody means it to break a feature
        and case
            when changes.kind in ('deploy', 'version')
                then alerts.family = 'volume'
                    or (alerts.subject_kind = 'score' and alerts.family in ('drift', 'tail'))
            when changes.kind in ('incident', 'holiday') then true
            -- nobody means a change to make a model worse permanently
            when changes.ended_at is null
                then alerts.family not in (
                    'quality', 'freshness', 'sla', 'performance', 'estimates', 'calibration',
                    'ranking', 'concept', 'fairness', 'worth'
                )
            else alerts.family not in ('quality', 'freshness', 'sla')
        end as is_expected,
        changes.expected_effect = 'hold' as is_hold
    from alerts
    inner join changes
        on alerts.monitor = changes.monitor
        and (
            {{ model_monitor.fits_pattern('alerts.model_version', 'changes.model_version') }}
            or alerts.model_version = '(all)'
            or changes.kind = 'deploy'
        )

),

nearest as (

    select
        *,
        {{ model_monitor.shown_text('name') }} as shown_name,
        {{ model_monitor.shown_text('kind') }} as shown_kind,
        row_number() over (
            partition by alert_id order by started_at desc, change_id asc
        ) as choice
    from pairs
    where is_near

),

expected as (

    select
        alert_id,
        min(case when is_hold then coalesce(change_id, name, kind) end) as held_by,
        coalesce(min(case when kind = 'incident' then kind end), min(kind)) as expected_kind,
        count(*) as expectations
    from pairs
    where is_expected
    group by alert_id

),

final as (

    select
        alerts.alert_id,
        alerts.since,
        -- the kind is added unless the name contains it already
        case
            when nearest.name is null then nearest.shown_kind
            when lower(nearest.name) like nearest.kind || '%'
                or position(' ' || nearest.kind || ' ' in ' ' || lower(nearest.name) || ' ') > 0
                then nearest.shown_name
            else nearest.shown_name || ' ' || nearest.shown_kind
        end
        || case when nearest.kind = 'feature_set' then ' deploy' else '' end as likely_cause,
        nearest.kind as cause_kind,
        nearest.started_at as cause_started_at,
        coalesce(nearest.is_of_version, false) as cause_is_of_version,
        expected.expected_kind,
        coalesce(expected.expectations, 0) > 0 as is_expected,
        expected.held_by
    from alerts
    left join nearest
        on alerts.alert_id = nearest.alert_id
        and nearest.choice = 1
    left join expected
        on alerts.alert_id = expected.alert_id

)

select * from final
