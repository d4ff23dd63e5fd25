{{ model_monitor.table_model() }}
{#- The incident of each alert and its lead alert. A cause leads its consequences, and an open alert
    leads open alerts. The new level of an incident is accepted when a person says so, and that of a
    population shift after four weeks: what goes on of it is no longer open, unless it grows by
    half. -#}
{%- set at = model_monitor.stage_numbers() %}
{%- set of_accuracy = at.calibration ~ ', ' ~ at.performance %}

-- what returns when a shift ends is an echo of the shift
with groups as (

    select
        groups.alert_id,
        groups.group_id,
        groups.inhibited_by as suppressed_by,
        case when shifts.is_return then shifts.shift_group_id else groups.echo_of end as echo_of
    from {{ ref('model_monitor', 'int_monitor__alert_groups') }} as groups
    left join {{ ref('model_monitor', 'int_monitor__population_shifts') }} as shifts
        on groups.group_id = shifts.group_id

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
    from {{ ref('model_monitor', 'int_monitor__incident_roots') }} as ends
    inner join groups
        on ends.group_id = groups.group_id
    inner join facts
        on groups.alert_id = facts.alert_id
    left join {{ ref('model_monitor', 'int_monitor__population_shifts') }} as shifts
        on ends.group_id = shifts.group_id
    left join {{ ref('model_monitor', 'int_monitor__user_actions') }} as acts
        on groups.alert_id = acts.alert_id
    group by ends.root

),

accepted as (

    {{ model_monitor.accepted_alert_rows('roots', 'groups', 'facts') | indent(4) }}

),

members as (

    select
        groups.*,
        roots.*,
        accepted.alert_id is not null as is_accepted,
        facts.opened_at,
        case when accepted.alert_id is null then facts.state else 'accepted' end as state,
        causes.stage,
        -- a daily window is more informative about outcomes of predictions than a weekly one
        case when causes.stage in ({{ of_accuracy }}) then {{ at.calibration }}
            else causes.stage end as speaking_stage,
        case
            when facts.window_days is null then 0
            when causes.stage in ({{ of_accuracy }}) or facts.family in ('concept', 'worth') then 1
            else 0
        end as is_long,
        -- a suppressed alert never leads; a safety alert is never suppressed
        case
            when groups.echo_of is not null then 0
            when facts.is_safety then 1
            when groups.suppressed_by is null and changes.held_by is null then 1
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
        {{ model_monitor.severity_rank('facts.severity') }} as severity_order,
        facts.critical_at,
        -- alerts that nobody is notified of do not raise the severity
        case
            when facts.is_safety
                or not (changes.is_expected
                    or coalesce(changes.held_by, acts.silenced_by) is not null)
                then {{ model_monitor.severity_rank('facts.severity') }}
            else 0
        end as notified_severity,
        facts.strength / power(1.5, {{ model_monitor.alert_depth('facts') }}) as score,
        case
            when groups.echo_of is null
                and facts.family = 'performance' and facts.metric in ('roc_auc', 'pr_auc') then 1
            else 0
        end as loses_order
    from groups
    inner join {{ ref('model_monitor', 'int_monitor__incident_roots') }} as ends
        on groups.group_id = ends.group_id
    inner join roots
        on ends.root = roots.root
    inner join facts
        on groups.alert_id = facts.alert_id
    left join accepted
        on groups.alert_id = accepted.alert_id
    inner join {{ ref('model_monitor', 'int_monitor__incident_causes') }} as causes
        on groups.group_id = causes.group_id
    inner join {{ ref('model_monitor', 'int_monitor__alert_changes') }} as changes
        on groups.alert_id = changes.alert_id
    left join {{ ref('model_monitor', 'int_monitor__user_actions') }} as acts
        on groups.alert_id = acts.alert_id

),

{%- set warning = model_monitor.severity_rank("'warn'") %}
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
            when led.notified_severity <= greatest(led.speaker_gravity, {{ warning }})
                and {{ model_monitor.is_over_with('weeks', 'days') }} then 1
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
            order by greatest(may_speak, is_freed) desc, is_firing desc, is_open desc, {{ rank }}
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
        min(case when notified_severity * is_open > {{ warning }} then critical_at end)
            over (partition by root) as grave_at
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
            when has_speaker = 0 or alert_id in (lead_alert, open_lead) then null
            when is_open = 1 then open_lead
            else lead_alert
        end as inhibited_by,
        -- a lead alert takes the highest severity among the alerts that it represents
        {{ model_monitor.severity_of_rank(
            'case when alert_id not in (lead_alert, open_lead) then severity_order'
            ~ ' when is_open = 1 then greatest(severity_order, gravest_open)'
            ~ ' else greatest(severity_order, gravest) end'
        ) }} as represented_severity,
        case
            when alert_id not in (lead_alert, open_lead) then critical_at
            when critical_at < grave_at then critical_at
            else coalesce(grave_at, critical_at)
        end as critical_at
    from ranked

)

select * from final
