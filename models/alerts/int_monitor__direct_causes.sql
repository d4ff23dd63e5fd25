{{ model_monitor.table_model() }}
{#- The nearest cause of each group of alerts, if it has one. A cause comes earlier on the way from
    the log to the outcome, began with its effect, and lies in the same place. One row per group. -#}
{%- set at = model_monitor.stage_numbers() %}
{%- set of_one_thing = ['log', 'subject', 'family'] %}

with groups as (

    select * from {{ ref('model_monitor', 'int_monitor__alert_groups') }}

),

facts as (

    select * from {{ ref('model_monitor', 'int_monitor__alert_states') }}

),

changes as (

    select * from {{ ref('model_monitor', 'int_monitor__alert_changes') }}

),

logs as (

    select
        logs.monitor,
        logs.log,
        coalesce(logs.log <> 'predictions' and logs.relation = whole.relation, false) as is_derived
    from {{ ref('model_monitor', 'int_monitor__logs') }} as logs
    left join {{ ref('model_monitor', 'int_monitor__logs') }} as whole
        on logs.monitor = whole.monitor
        and whole.log = 'predictions'

),

outcomes as (

    select * from {{ ref('model_monitor', 'int_monitor__outcomes') }}

),

spans as (

    select
        groups.group_id,
        min(groups.onset_to) as onset_to,
        -- the narrowest of the windows that saw it first
        max(case when groups.onset_latest = groups.onset_to then groups.onset_earliest end)
            as onset_from,
        -- the time when half of the change was there, before the first alert
        min(case when groups.onset_latest = groups.onset_to and groups.echo_of is null
            then groups.half_seen_from end) as half_seen_from,
        max(case when groups.onset_latest = groups.onset_to and groups.is_sudden then 1 else 0 end)
            = 1 as is_sudden,
        min(case when groups.onset_latest = groups.onset_to and groups.is_sudden
            then groups.turn_start end) as turn_start,
        max(case when groups.echo_of is null then facts.last_seen_at end) as last_seen_at,
        max(case when groups.echo_of is null and facts.state = 'firing' then 1 else 0 end) = 1
            as is_open,
        min(case
            when groups.echo_of is null and not changes.is_expected then 0 else 1
        end) as expected
    from groups
    inner join facts
        on groups.alert_id = facts.alert_id
    inner join changes
        on groups.alert_id = changes.alert_id
    group by groups.group_id

),

-- a group takes the place of its lead alert
placed as (

    select
        spans.group_id,
        spans.onset_to,
        spans.half_seen_from,
        spans.is_sudden,
        spans.turn_start,
        spans.last_seen_at,
        spans.is_open,
        spans.expected,
        spans.onset_from,
        -- Between equals the earlier one comes first. Between simultaneous ones the widest does,
        -- then the most severe.
        row_number() over (
            partition by facts.monitor
            order by
                spans.onset_to asc,
                {{ model_monitor.alert_depth('facts') }} asc,
                case when facts.severity = 'critical' then 1 else 0 end desc,
                facts.strength desc,
                spans.group_id asc
        ) as turn,
        outcomes.log is not null as is_of_outcome,
        -- labels stop for all outcomes of one outcomes log
        case when not outcomes.in_row then outcomes.matures_seconds end as waits_seconds,
        outcomes.log is not null
        and facts.family = 'freshness'
        and facts.metric = 'hours_behind' as is_stop_of_labels,
        facts.monitor,
        facts.log,
        facts.model_version,
        facts.slice_name,
        facts.slice_value,
        facts.subject,
        facts.family,
        facts.metric,
        facts.severity = 'critical' as is_critical,
        {{ model_monitor.causal_stage(
            'facts', 'coalesce(logs.is_derived, false)',
            "facts.log <> 'predictions' and logs.log is not null"
        ) }} as stage
    from spans
    inner join groups
        on spans.group_id = groups.group_id
        and groups.is_lead_alert
    inner join facts
        on groups.alert_id = facts.alert_id
    left join logs
        on facts.monitor = logs.monitor
        and facts.log = logs.log
    left join outcomes
        on facts.monitor = outcomes.monitor
        and facts.log = outcomes.log

),

pairs as (

    select
        effects.group_id,
        effects.stage,
        effects.family,
        effects.subject,
        effects.log,
        causes.group_id as caused_by,
        causes.stage as cause_stage,
        causes.family as cause_family,
        causes.subject as cause_subject,
        causes.log as cause_log,
        causes.slice_name as cause_slice_name,
        not causes.is_of_outcome
        or causes.log = effects.log
        or (causes.is_stop_of_labels and effects.waits_seconds is not null) as is_known_by,
        causes.onset_to as cause_onset,
        {{ model_monitor.joined_on('effects', 'causes', of_one_thing) }} as is_same_thing,
        {{ model_monitor.is_same_place('effects', 'causes') }} as is_same_place,
        {{ model_monitor.is_around('causes', 'effects') }} as is_around
    from placed as effects
    inner join placed as causes
        on effects.monitor = causes.monitor
        and effects.group_id <> causes.group_id
        and (
            effects.stage > causes.stage
            or (
                effects.stage = causes.stage
                and (
                    -- a rarer outcome is rarer at every value
                    (causes.family = 'labels' and effects.family <> 'labels')
                    -- labels wait for predictions
                    or (effects.is_of_outcome and not causes.is_of_outcome)
                    or (
                        effects.is_of_outcome = causes.is_of_outcome
                        and effects.turn > causes.turn
                    )
                )
            )
        )
        and (
            {{ model_monitor.shares_place('effects', 'causes') }}
            or ({{ model_monitor.joined_on('effects', 'causes', of_one_thing) }})
        )
        -- an expected cause does not explain an unexpected effect
        and effects.expected >= causes.expected
        -- An effect begins with its cause or is detected later, never before. Five effects may
        -- begin at any time while the cause lasts: the count of drifted subjects, the distribution
        -- of a slice column that has lost or gained rows of one value, and, as they need more rows
        -- to detect, a calibration error and an estimate where the cause is, and the relationship
        -- of an outcome with the same input or score.
        and effects.onset_from - case
            when effects.is_stop_of_labels then effects.waits_seconds else 0
        end * interval '1 second' <= case
            when effects.family = 'dataset' then causes.last_seen_at
            when causes.stage = {{ at.volume }} and causes.slice_name = effects.subject
                then causes.last_seen_at
            when (
                    effects.family in ('calibration', 'estimates')
                    and {{ model_monitor.is_around('causes', 'effects') }}
                    or effects.family = 'concept'
                    and causes.stage in ({{ at.feature }}, {{ at.score }})
                    and effects.subject = causes.subject
                )
                and not {{ model_monitor.is_another('effects', 'causes', 'onset_to') }}
                then causes.last_seen_at
            else causes.onset_to
        end
        and (
            effects.onset_to > causes.onset_from
            -- When labels stop, predictions that wait for them miss them. Those predictions mature
            -- by the time the labels return.
            or (
                causes.is_stop_of_labels
                and effects.onset_to
                > causes.onset_from - coalesce(effects.waits_seconds, 0) * interval '1 second'
                and effects.onset_to
                <= causes.last_seen_at + interval '1 day'
                - coalesce(effects.waits_seconds, 0) * interval '1 second'
            )
            -- a change that is harder to detect may have been there by then
            or effects.onset_to > causes.half_seen_from
            -- an alert about an instant begins and ends in it
            or effects.onset_to = causes.onset_to
            -- a quantity derived from a score may show the change better than the score itself
            or (
                effects.stage = {{ at.derived }}
                and causes.stage = {{ at.score }}
                and effects.onset_to = causes.onset_from
            )
        )

),

explained as (

    select
        *,
        row_number() over (
            partition by group_id
            order by
                case when cause_log = log and cause_stage = {{ at.labels }} then 0 else 1 end,
                case when is_same_place then 0 when is_around then 1 else 2 end,
                cause_stage,
                cause_onset,
                caused_by
        ) as choice
    from pairs
    where case
        -- what goes wrong in several places at once is one problem
        when is_same_thing then cause_stage = stage
        -- Missing rows and errors explain everything in their place; missing labels explain
        -- only metrics that need them. When a slice loses one of its values, the
        -- distribution of its column changes.
        when cause_stage = {{ at.volume }} and cause_slice_name = subject then true
        when cause_stage <= {{ at.operations }} then is_around and is_known_by
        -- a mix shift makes no values pile up, and leaves none empty
        when cause_stage = {{ at.context }} and family = 'quality' then false
        -- an input is wrong where it is wrong: between two inputs neither explains another place
        when stage <= {{ at.feature }} then is_same_place
        -- the model does not cause more or fewer outcomes than normal; what moves one outcome moves
        -- others
        when family = 'labels' then cause_family = 'labels' and is_around
        -- nor does it change how an outcome follows its proxy; only a rarer outcome does
        when family = 'proxies'
            then cause_family = 'labels' and cause_log = log and is_same_place
        -- an input's own values change its relationship with the outcome, those of another
        -- input do not
        when family = 'concept' and cause_stage = {{ at.feature }} then cause_subject = subject
        -- calibration compares outcomes with predictions: an input moves it only through the score
        when family = 'calibration'
            then (cause_stage = {{ at.score }} and cause_subject = subject)
                or (cause_stage = {{ at.labels }} and cause_log = log)
                or (cause_stage = {{ at.calibration }} and cause_log = log)
        -- a long-standing reference mismatch explains none of the drift
        when family = 'dataset' and cause_family = 'dataset' then false
        when stage = cause_stage then is_same_place
        else true
    end

),

final as (

    select
        placed.group_id,
        placed.monitor,
        placed.log,
        placed.model_version,
        placed.slice_name,
        placed.slice_value,
        placed.family,
        placed.subject,
        placed.stage,
        placed.expected,
        placed.onset_from,
        placed.onset_to,
        placed.last_seen_at,
        placed.is_open,
        placed.is_critical,
        placed.is_sudden,
        placed.turn_start,
        explained.caused_by
    from placed
    left join explained
        on placed.group_id = explained.group_id
        and explained.choice = 1

)

select * from final
