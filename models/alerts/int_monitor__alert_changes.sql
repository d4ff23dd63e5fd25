{{ config(materialized='table') }}
{#- What was changed near an alert: the change that most likely caused it, and the one, if any, that
    says it was to be expected. -#}

with beginnings as (

    select
        facts.*,
        -- what a longer window sees begins, as far as it can tell, on its last day
        coalesce(
            onsets.since,
            case
                when facts.window_name in ('7d', '30d') then facts.opened_at - interval '1 day'
                else facts.first_window_start
            end
        ) as since,
        -- a day says no hour: a change may have begun anywhere in it
        case when onsets.since is null then facts.opened_at
            else onsets.since + interval '1 hour' end as since_at_latest
    from {{ ref('model_monitor', 'int_monitor__alert_states') }} as facts
    left join {{ ref('model_monitor', 'int_monitor__alert_onsets') }} as onsets
        on facts.alert_id = onsets.alert_id

),

groups as (

    select * from {{ ref('model_monitor', 'int_monitor__alert_groups') }}

),

-- one of its days may have seen the same, and knows better
first_days as (

    select
        longer.alert_id,
        shorter.since,
        shorter.since_at_latest,
        row_number() over (
            partition by longer.alert_id order by shorter.opened_at, shorter.since, shorter.alert_id
        ) as choice
    from beginnings as longer
    inner join groups as longer_groups
        on longer.alert_id = longer_groups.alert_id
    inner join groups as shorter_groups
        on longer_groups.group_id = shorter_groups.group_id
        and shorter_groups.echo_of is null
    inner join beginnings as shorter
        on shorter_groups.alert_id = shorter.alert_id
        and shorter.window_name not in ('7d', '30d')
        and shorter.opened_at > longer.first_window_start
        and shorter.opened_at <= longer.opened_at
        and {{ model_monitor.shares_place('shorter', 'longer') }}
    where longer.window_name in ('7d', '30d')

),

alerts as (

    select
        beginnings.alert_id,
        beginnings.monitor,
        beginnings.model_version,
        beginnings.family,
        beginnings.subject,
        beginnings.subject_kind,
        beginnings.slice_name,
        beginnings.slice_value,
        beginnings.window_name,
        beginnings.opened_at,
        beginnings.last_seen_at,
        coalesce(first_days.since, beginnings.since) as since,
        coalesce(first_days.since_at_latest, beginnings.since_at_latest) as since_at_latest
    from beginnings
    left join first_days
        on beginnings.alert_id = first_days.alert_id
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
        -- what changed for ID has not changed FR; it may have changed the whole, or mobile
        and (
            coalesce(changes.slice_name, '') in ('', '*')
            or position('+' || changes.slice_name || '+' in '+' || alerts.slice_name || '+') = 0
            or {{ model_monitor.fits_pattern('alerts.slice_value', 'changes.slice_value') }}
            or position('+' || changes.slice_value || '+' in '+' || alerts.slice_value || '+') > 0
        ) as is_near,
        -- a disturbance that people know of is told all the same, unless they hold it back
        changes.expected_effect in ('annotate', 'hold')
        and (changes.kind <> 'incident' or changes.expected_effect = 'hold')
        and changes.started_at < alerts.opened_at
        and changes.effect_until > alerts.since
        -- what lasts beyond a stated end, and the windows that still hold some of it, is something
        -- else; where nobody stated one a change may be for good, and so is what was deployed
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
        -- a deploy moves scores and traffic; that it breaks a feature is nobody's intention
        and case
            when changes.kind in ('deploy', 'version')
                then alerts.family = 'volume'
                    or (alerts.subject_kind = 'score' and alerts.family in ('drift', 'tail'))
            when changes.kind in ('incident', 'holiday') then true
            -- that a model does worse for good is nobody's intention either
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
        -- the kind is said unless the name says it already; what is set is deployed
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
