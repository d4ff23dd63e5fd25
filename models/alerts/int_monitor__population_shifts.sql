{{ model_monitor.table_model() }}
{#- Which groups of alerts belong to a population shift. Inputs that move together, unbroken, are
    a shift of the population: at least three, and a fifth of the log's inputs. Everything else
    that began with them belongs to it, however late it crossed its threshold: drift of other
    inputs in other slices, scores, outcomes and performance. So do series that are younger than
    the shift, what moved with it and is compared with a day before it, and values that return to
    where they were before it. -#}
{%- set drifts = "('drift', 'tail')" %}
{%- set inputs = model_monitor.input_kinds() %}
{%- set at = model_monitor.stage_numbers() %}
{%- set root = [
    'root', 'monitor', 'model_version', 'slice_name', 'slice_value', 'expected', 'opened_at'
] %}

with alerts as (

    select
        roots_of_groups.root,
        groups.group_id,
        groups.is_lead_alert,
        groups.echo_of,
        causes.stage,
        causes.expected,
        bounds.begun_at,
        bounds.begun_at - bounds.window_hours * interval '1 hour' as begun_after,
        bounds.is_always_large,
        facts.*
    from {{ ref('model_monitor', 'int_monitor__alert_groups') }} as groups
    inner join {{ ref('model_monitor', 'int_monitor__incident_causes') }} as causes
        on groups.group_id = causes.group_id
    inner join {{ ref('model_monitor', 'int_monitor__cause_roots') }} as roots_of_groups
        on groups.group_id = roots_of_groups.group_id
    inner join {{ ref('model_monitor', 'int_monitor__alert_states') }} as facts
        on groups.alert_id = facts.alert_id
    inner join {{ ref('model_monitor', 'int_monitor__onset_bounds') }} as bounds
        on groups.alert_id = bounds.alert_id

),

-- a root lies where the alert leads that opened its first group
roots as (

    select
        alerts.*,
        min(alerts.begun_at) over first_groups as first_begun_at,
        min(alerts.begun_after) over first_groups as first_begun_after
    from alerts
    where alerts.group_id = alerts.root
        and alerts.echo_of is null
    window first_groups as (partition by alerts.root)

),

leads as (

    select
        *,
        -- rows of other people can move it
        stage >= {{ at.context }}
        and stage <> {{ at.upstream }}
        and family not in ('quality', 'sla') as is_movable
    from roots
    where is_lead_alert

),

-- a first input and those that began with it, in its own incident or in its place
shifts as (

    select
        {{ model_monitor.listed_columns('leads', root) }},
        leads.first_begun_at as begun_at,
        max(alerts.last_seen_at) as last_seen_at,
        max(alerts.strength) as strength
    from leads
    inner join alerts
        on leads.monitor = alerts.monitor
        and leads.log = alerts.log
        and (
            leads.root = alerts.root
            or (
                {{ model_monitor.is_same_place('leads', 'alerts') }}
                -- what a missing segment explains, or a fault, is no sign of a shift
                and alerts.root in (
                    select movable.root from leads as movable where movable.is_movable
                )
                and {{ model_monitor.begins_with(
                    'leads.first_begun_at', 'alerts.begun_at', 'alerts.begun_after'
                ) }}
            )
        )
    inner join (
        {{ model_monitor.input_count_rows() | indent(8) }}
    ) as input_counts
        on leads.monitor = input_counts.monitor
        and leads.log = input_counts.log
    where leads.subject_kind in {{ inputs }}
        and leads.family in {{ drifts }}
        and alerts.echo_of is null
        and alerts.subject_kind in {{ inputs }}
    group by
        {{ model_monitor.listed_columns('leads', root + ['first_begun_at']) }},
        input_counts.input_count
    having count(distinct case when alerts.family in {{ drifts }} then alerts.subject end)
        >= greatest(3, 0.2 * input_counts.input_count)
        -- a broken input is no population
        and max(case
            when alerts.root = leads.root and alerts.family = 'quality' then 1
            else 0
        end) = 0

),

-- everything that can move with the shift, and that shares rows with it
candidates as (

    select
        leads.*,
        shifts.root as shift_root,
        shifts.begun_at as shift_begun_at,
        shifts.opened_at as shift_opened_at,
        shifts.last_seen_at as shift_last_seen_at,
        shifts.strength as shift_strength
    from leads
    inner join shifts
        on leads.monitor = shifts.monitor
        and leads.root <> shifts.root
        and leads.expected >= shifts.expected
        and {{ model_monitor.shares_place('leads', 'shifts') }}
    left join shifts as own
        on leads.root = own.root
    where leads.is_movable
        -- of two shifts the later one belongs to the earlier one
        and (
            own.root is null
            or shifts.begun_at < own.begun_at
            or (shifts.begun_at = own.begun_at and shifts.opened_at < own.opened_at)
            or (
                shifts.begun_at = own.begun_at
                and shifts.opened_at = own.opened_at
                and shifts.root < own.root
            )
        )

),

way_back as (

    {{ model_monitor.returning_rows('candidates') | indent(4) }}

),

-- what moved with each shift
moved as (

    select distinct
        shifts.root as shift_root,
        alerts.log,
        alerts.subject
    from shifts
    inner join alerts
        on shifts.monitor = alerts.monitor
        and {{ model_monitor.begins_with(
            'shifts.begun_at', 'alerts.begun_at', 'alerts.begun_after'
        ) }}
    where alerts.echo_of is null

),

belonging as (

    select
        candidates.root,
        candidates.shift_root,
        coalesce(way_back.is_return, false) as is_return,
        row_number() over (
            partition by candidates.root
            order by
                case when way_back.is_return then 1 else 0 end,
                candidates.shift_begun_at,
                candidates.shift_opened_at,
                candidates.shift_root
        ) as choice
    from candidates
    left join way_back
        on {{ model_monitor.joined_on('candidates', 'way_back', ['root', 'shift_root']) }}
    left join moved
        on {{ model_monitor.joined_on('candidates', 'moved', ['shift_root', 'log', 'subject']) }}
    where {{ model_monitor.begins_with(
            'candidates.shift_begun_at', 'candidates.first_begun_at',
            'candidates.first_begun_after'
        ) }}
        or (
            -- an earlier period may lie before the shift
            (
                candidates.is_always_large
                or (
                    candidates.baseline in ({{ model_monitor.earlier_periods() }})
                    and moved.subject is not null
                )
            )
            and candidates.opened_at > candidates.shift_begun_at
            and candidates.opened_at <= candidates.shift_last_seen_at + interval '1 day'
            and candidates.strength <= 2 * candidates.shift_strength
        )
        or way_back.is_return

),

-- a shift that belongs to an earlier one leads there; incident_members follows the links
linked as (

    select
        root,
        shift_root,
        is_return
    from belonging
    where choice = 1

    union all

    select
        shifts.root,
        shifts.root as shift_root,
        false as is_return
    from shifts
    left join belonging
        on shifts.root = belonging.root
    where belonging.root is null

),

final as (

    select
        roots_of_groups.group_id,
        linked.shift_root as shift_group_id,
        shifts.begun_at as shift_begun_at,
        linked.is_return
    from linked
    inner join shifts
        on linked.shift_root = shifts.root
    inner join {{ ref('model_monitor', 'int_monitor__cause_roots') }} as roots_of_groups
        on linked.root = roots_of_groups.root

)

select * from final
