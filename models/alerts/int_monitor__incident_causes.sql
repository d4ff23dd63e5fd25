{{ model_monitor.table_model() }}
{#- Which group of alerts caused which other: its nearest cause, or, for what is detected late, what
    is known to be wrong. One row per group. -#}
{%- set at = model_monitor.stage_numbers() %}
{%- set is_another = model_monitor.is_another('effects', 'causes', 'onset_to') %}

with direct_causes as (

    select * from {{ ref('model_monitor', 'int_monitor__direct_causes') }}

),

linked as (

    select
        group_id as member,
        coalesce(caused_by, group_id) as parent
    from direct_causes

),

ends as (

    {{ model_monitor.chain_end_rows('linked') | indent(4) }}

),

-- A relationship with an outcome needs the most rows to detect. While the model's performance is
-- known to be wrong there, both are the same problem. So is wrong performance that shows weeks
-- later, as long as it is no more severe than what is known and has not ended: but a calibration
-- error that was there before explains no sudden fall of performance. In the same way an input that
-- is wrong explains a score that shifts, and a calibration and performance that follow late, unless
-- suddenly, and a score explains its own. After four weeks a cause explains more of the same alone.
-- Every link points to an earlier onset or to an input, so there is no cycle.
seen_late as (

    select
        effects.group_id,
        causes.group_id as caused_by,
        row_number() over (
            partition by effects.group_id
            order by
                case
                    when {{ model_monitor.is_same_place('effects', 'causes') }} then 0 else 1
                end,
                causes.stage,
                causes.onset_to,
                causes.group_id
        ) as choice
    from direct_causes as effects
    inner join direct_causes as causes
        on effects.monitor = causes.monitor
        and {{ model_monitor.is_around('causes', 'effects') }}
        and effects.expected >= causes.expected
        and (
            effects.stage = causes.stage
            or effects.onset_from <= causes.onset_to + interval '28 days'
        )
        and (
            (
                effects.family = 'concept'
                and causes.log = effects.log
                and causes.stage in ({{ at.calibration }}, {{ at.performance }})
                and effects.onset_from <= causes.last_seen_at
                and not {{ is_another }}
            )
            or (
                causes.is_open
                and effects.is_critical <= causes.is_critical
                and (
                    (
                        effects.stage in ({{ at.calibration }}, {{ at.performance }})
                        and causes.log = effects.log
                        and causes.stage in ({{ at.calibration }}, {{ at.performance }})
                        and (
                            effects.stage = {{ at.calibration }}
                            or causes.stage = {{ at.performance }}
                            or not {{ is_another }}
                        )
                    )
                    or (
                        causes.log = 'predictions'
                        and not {{ is_another }}
                        and (
                            (
                                effects.family in ('drift', 'tail', 'calibration', 'performance')
                                and effects.stage
                                in ({{ at.score }}, {{ at.calibration }}, {{ at.performance }})
                                and causes.stage = {{ at.feature }}
                            )
                            or (
                                effects.stage in ({{ at.calibration }}, {{ at.performance }})
                                and causes.stage = {{ at.score }}
                                and effects.subject = causes.subject
                            )
                        )
                    )
                )
            )
        )
    inner join ends
        on causes.group_id = ends.member
    inner join direct_causes as roots
        on ends.root = roots.group_id
        and (
            effects.onset_to > roots.onset_to
            or (effects.onset_to = roots.onset_to and roots.stage <= {{ at.feature }})
        )
    where effects.caused_by is null

),

final as (

    select
        direct_causes.group_id,
        -- a relationship that is detected late ranks after everything that is detected sooner
        case when seen_late.caused_by is null then direct_causes.stage else {{ at.business }} end
            as stage,
        coalesce(seen_late.caused_by, direct_causes.caused_by) as caused_by,
        direct_causes.expected
    from direct_causes
    left join seen_late
        on direct_causes.group_id = seen_late.group_id
        and seen_late.choice = 1

)

select * from final
