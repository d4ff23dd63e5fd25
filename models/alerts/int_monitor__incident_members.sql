{{ model_monitor.table_model() }}
{#- The incident of each alert and its lead alert. A cause leads its consequences, and an open alert
    leads open alerts. The new level of an incident is accepted when a person says so, and that of a
    population shift after four weeks: what goes on of it is no longer open, unless it grows by
    half. -#}
{%- set at = model_monitor.stage_numbers() %}
{%- set of_accuracy = at.calibration ~ ', ' ~ at.performance %}

with shifts as (

    select * from {{ ref('model_monitor', 'int_monitor__population_shifts') }}

),

-- what returns when a shift ends is an echo of the shift
groups as (

    select
        groups.alert_id,
        groups.group_id,
        groups.inhibited_by,
        case when shifts.is_return then shifts.shift_group_id else groups.echo_of end as echo_of
    from {{ ref('model_monitor', 'int_monitor__alert_groups') }} as groups
    left join shifts
        on groups.group_id = shifts.group_id

),

causes as (

    select * from {{ ref('model_monitor', 'int_monitor__incident_causes') }}

),

facts as (

    select
        alerts.*,
        beginnings.seen_until,
        case alerts.window_name when '7d' then 7 when '30d' then 30 end as window_days
    from {{ ref('model_monitor', 'int_monitor__alert_states') }} as alerts
    inner join {{ ref('model_monitor', 'int_monitor__onset_bounds') }} as beginnings
        on alerts.alert_id = beginnings.alert_id

),

acts as (

    select * from {{ ref('model_monitor', 'int_monitor__user_actions') }}

),

changes as (

    select * from {{ ref('model_monitor', 'int_monitor__alert_changes') }}

),

ends as (

    select
        group_id as member,
        root
    from {{ ref('model_monitor', 'int_monitor__incident_roots') }}

),

-- what an incident is as one, and since when its level is accepted
roots as (

    select
        ends.root,
        max(case when shifts.group_id is null then 0 else 1 end) = 1 as is_population_shift,
        max(case
            when groups.echo_of is null
                and facts.family in ('performance', 'calibration', 'ranking', 'worth') then 1
            else 0
        end) = 1 as is_confirmed_by_labels,
        coalesce(
            min(case when acts.decision = 'accepted' then acts.decided_at end),
            min(shifts.shift_begun_at) + interval '28 days'
        ) as accepted_at,
        min(case when acts.decision = 'accepted' then acts.decided_by end) as accepted_by
    from ends
    inner join groups
        on ends.member = groups.group_id
    inner join facts
        on groups.alert_id = facts.alert_id
    left join shifts
        on ends.member = shifts.group_id
    left join acts
        on groups.alert_id = acts.alert_id
    group by ends.root

),

strengths as (

    select
        groups.alert_id,
        roots.root,
        roots.accepted_by,
        coalesce(max(case when judgements.window_end <= roots.accepted_at
            then judgements.strength end), 1e0) as strength_before,
        max(case when judgements.window_end > roots.accepted_at
            then judgements.strength end) as strength_after
    from roots
    inner join ends
        on roots.root = ends.root
    inner join groups
        on ends.member = groups.group_id
    inner join facts
        on groups.alert_id = facts.alert_id
    inner join {{ ref('model_monitor', 'monitor_judgements') }} as judgements
        on facts.fingerprint = judgements.fingerprint
        and judgements.window_end >= facts.opened_at
        and judgements.outcome = 'breach'
    where roots.accepted_at is not null
        and facts.state in ('firing', 'stale')
        and not facts.is_safety
    group by groups.alert_id, roots.root, roots.accepted_by

),

accepted as (

    select alert_id
    from (
        select
            *,
            max(strength_after) over (partition by root) as latest_strength
        from strengths
    ) as lasting
    where coalesce(strength_after, 0e0) <= 1.5 * strength_before
        -- a shift must have gone on for as long
        and (accepted_by is not null or latest_strength is not null)

),

members as (

    select
        groups.alert_id,
        ends.root,
        roots.is_population_shift,
        roots.is_confirmed_by_labels,
        roots.accepted_at,
        roots.accepted_by,
        accepted.alert_id is not null as is_accepted,
        groups.group_id,
        groups.echo_of,
        groups.inhibited_by as suppressed_by,
        facts.opened_at,
        case when accepted.alert_id is null then facts.state else 'accepted' end as state,
        causes.stage,
        -- a daily window is more informative about outcomes of predictions than a weekly one
        case
            when causes.stage in ({{ of_accuracy }}) then {{ at.calibration }}
            else causes.stage
        end as speaking_stage,
        case
            when (causes.stage in ({{ of_accuracy }}) or facts.family in ('concept', 'worth'))
                and facts.window_days is not null then 1
            else 0
        end as is_long,
        -- a suppressed alert never leads; a safety alert is never suppressed
        case
            when groups.echo_of is not null then 0
            when facts.is_safety then 1
            when groups.inhibited_by is null and changes.held_by is null then 1
            else 0
        end as may_speak,
        case when groups.echo_of is null and changes.held_by is null then 1 else 0 end as is_free,
        -- For missing rows, the predictions log overall leads. For rarer outcomes, the labels alert
        -- leads its effects on relationships with inputs. Everything else follows strength.
        case
            when causes.stage = {{ at.labels }} and facts.family <> 'labels' then 1
            when causes.stage > {{ at.volume }} then 0
            else 2 * ({{ model_monitor.alert_depth('facts') }})
                + case when facts.log = 'predictions' then 0 else 1 end
        end as width,
        case when acts.silenced_by is null or facts.is_safety then 0 else 1 end as is_silent,
        case when facts.severity = 'critical' then 1 else 0 end as severity_order,
        facts.critical_at,
        -- alerts that nobody is notified of do not raise the severity
        case
            when facts.severity <> 'critical' then 0
            when facts.is_safety then 1
            when not changes.is_expected
                and changes.held_by is null and acts.silenced_by is null then 1
            else 0
        end as notified_severity,
        facts.strength / power(1.5, {{ model_monitor.alert_depth('facts') }}) as score,
        case
            when groups.echo_of is null
                and facts.family = 'performance' and facts.metric in ('roc_auc', 'pr_auc') then 1
            else 0
        end as loses_order
    from groups
    inner join ends
        on groups.group_id = ends.member
    inner join roots
        on ends.root = roots.root
    inner join facts
        on groups.alert_id = facts.alert_id
    left join accepted
        on groups.alert_id = accepted.alert_id
    inner join causes
        on groups.group_id = causes.group_id
    inner join changes
        on groups.alert_id = changes.alert_id
    left join acts
        on groups.alert_id = acts.alert_id

),

{%- set rank = "is_silent, speaking_stage, is_long, stage, width, severity_order desc, score desc,"
    ~ " alert_id" %}

led as (

    select
        *,
        first_value(alert_id) over telling as lead_alert,
        first_value(notified_severity) over telling as speaker_gravity
    from members
    window telling as (partition by root order by may_speak desc, {{ rank }})

),

-- A weekly alert stays open for days after the last bad day. When its daily lead alert is resolved
-- and at least as severe, a week that saw nothing later keeps nothing open.
followed as (

    select
        led.*,
        case
            when led.alert_id = led.lead_alert or weeks.is_safety then 0
            when days.window_days is null
                and days.state in ('resolved', 'accepted')
                and led.notified_severity <= led.speaker_gravity
                and weeks.opened_at > days.first_window_start
                -- without daily values, a week that still contains the lead alert's last day may
                -- have seen nothing else
                and coalesce(
                    weeks.seen_until <= days.last_seen_at + interval '1 day',
                    weeks.last_seen_at < days.last_seen_at + weeks.window_days * interval '1 day'
                )
                and {{ model_monitor.shares_place('weeks', 'days') }} then 1
            else 0
        end as is_lagging
    from led
    inner join facts as weeks
        on led.alert_id = weeks.alert_id
    inner join facts as days
        on led.lead_alert = days.alert_id

),

-- alerts suppressed by a lagging week are not over with it: they may lead now
opened as (

    select
        followed.*,
        case when followed.is_free = 1 and holders.is_lagging = 1 then 1 else 0 end as is_freed,
        case when followed.state in ('firing', 'stale') then 1 - followed.is_lagging else 0 end
            as is_open,
        -- an alert whose data stopped reports nothing new
        case when followed.state = 'firing' then 1 - followed.is_lagging else 0 end as is_firing
    from followed
    left join followed as holders
        on followed.suppressed_by = holders.alert_id

),

ranked as (

    select
        *,
        first_value(alert_id) over (
            partition by root
            order by
                greatest(may_speak, is_freed) desc, is_firing desc, is_open desc, {{ rank }}
        ) as open_lead,
        -- the alert that opened an incident identifies it
        first_value(alert_id) over (
            partition by root
            order by case when echo_of is null then 0 else 1 end, opened_at, stage, alert_id
        ) as first_alert,
        max(greatest(may_speak, is_freed)) over (partition by root) as has_speaker,
        max(notified_severity) over (partition by root) as gravest,
        max(loses_order) over (partition by root) as has_lost_order,
        max(notified_severity * is_open) over (partition by root) as gravest_open,
        min(case when notified_severity * is_open = 1 then critical_at end) over (partition by root)
            as grave_at
    from opened

),

final as (

    select
        alert_id,
        {{ dbt.hash("'incident|' || first_alert") }} as incident_id,
        group_id,
        lead_alert = alert_id as is_lead_alert,
        open_lead = alert_id as is_open_lead,
        stage,
        echo_of is not null as is_echo,
        is_population_shift,
        is_confirmed_by_labels,
        is_accepted,
        case when is_accepted then accepted_at end as accepted_at,
        case when is_accepted then accepted_by end as accepted_by,
        is_lagging = 1 as is_lagging,
        is_freed = 1 as is_freed,
        has_lost_order = 1 as has_lost_order,
        case
            when has_speaker = 0 then null
            when alert_id = lead_alert or alert_id = open_lead then null
            when is_open = 1 then open_lead
            else lead_alert
        end as inhibited_by,
        -- a lead alert takes the highest severity among the alerts that it represents
        case
            when alert_id <> lead_alert and alert_id <> open_lead then severity_order
            when is_open = 1 then greatest(severity_order, gravest_open)
            else greatest(severity_order, gravest)
        end = 1 as is_critical,
        case
            when alert_id <> lead_alert and alert_id <> open_lead then critical_at
            when critical_at < grave_at then critical_at
            else coalesce(grave_at, critical_at)
        end as critical_at
    from ranked

)

select * from final
