{{ model_monitor.table_model() }}
{#- The nearest cause of each group of alerts, if it has one. A cause comes earlier on the way from
    the log to the outcome, began with its effect, and lies in the same place. One row per group. -#}
{%- set at = model_monitor.stage_numbers() %}
{%- set of_one_thing = ['log', 'subject', 'family'] %}

with logs as (

    select
        logs.monitor,
        logs.log,
        coalesce(logs.log <> 'predictions' and logs.relation = whole.relation, false) as is_derived
    from {{ ref('model_monitor', 'int_monitor__logs') }} as logs
    left join {{ ref('model_monitor', 'int_monitor__logs') }} as whole
        on logs.monitor = whole.monitor
        and whole.log = 'predictions'

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
    from {{ ref('model_monitor', 'int_monitor__alert_groups') }} as groups
    inner join {{ ref('model_monitor', 'int_monitor__alert_states') }} as facts
        on groups.alert_id = facts.alert_id
    inner join {{ ref('model_monitor', 'int_monitor__alert_changes') }} as changes
        on groups.alert_id = changes.alert_id
    group by groups.group_id

),

-- a group takes the place of its lead alert
placed as (

    select
        spans.*,
        -- Between equals the earlier one comes first. Between simultaneous ones the widest does,
        -- then the most severe.
        row_number() over (
            partition by facts.monitor
            order by
                spans.onset_to asc,
                {{ model_monitor.alert_depth('facts') }} asc,
                {{ model_monitor.severity_rank('facts.severity') }} desc,
                facts.strength desc,
                spans.group_id asc
        ) as turn,
        outcomes.log is not null as is_of_outcome,
        -- labels stop for all outcomes of one outcomes log
        case when not outcomes.in_row then outcomes.matures_seconds end as waits_seconds,
        outcomes.log is not null
        and facts.family = 'freshness'
        and facts.metric = 'hours_behind' as is_stop_of_labels,
        {{ model_monitor.listed_columns('facts', [
            'monitor', 'log', 'model_version', 'slice_name', 'slice_value', 'subject', 'family'
        ]) }},
        facts.severity = 'critical' as is_critical,
        {{ model_monitor.causal_stage(
            'facts', 'coalesce(logs.is_derived, false)',
            "facts.log <> 'predictions' and logs.log is not null"
        ) }} as stage
    from spans
    inner join {{ ref('model_monitor', 'int_monitor__alert_groups') }} as groups
        on spans.group_id = groups.group_id
        and groups.is_lead_alert
    inner join {{ ref('model_monitor', 'int_monitor__alert_states') }} as facts
        on groups.alert_id = facts.alert_id
    left join logs
        on facts.monitor = logs.monitor
        and facts.log = logs.log
    left join {{ ref('model_monitor', 'int_monitor__outcomes') }} as outcomes
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
        and {{ model_monitor.follows_cause('effects', 'causes') }}

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
    where {{ model_monitor.is_explained() }}

),

final as (

    select
        {{ model_monitor.listed_columns('placed', [
            'group_id', 'monitor', 'log', 'model_version', 'slice_name', 'slice_value', 'family',
            'subject', 'stage', 'expected', 'onset_from', 'onset_to', 'last_seen_at', 'is_open',
            'is_critical', 'is_sudden', 'turn_start'
        ]) }},
        explained.caused_by
    from placed
    left join explained
        on placed.group_id = explained.group_id
        and explained.choice = 1

)

select * from final
