{{ model_monitor.history_model(strategy='append') }}

with rules as (

    select
        rule_id,
        max(case when is_own then 1 else 0 end) as is_own,
        max(problem) as problem,
        max(case when enabled and choice = 1 then 1 else 0 end) as is_enabled,
        max(case when choice = 1 then rule_version end) as rule_version,
        max(case when choice = 1 then false_alarms_per_monitor_28d end)
            as false_alarms_per_monitor_28d
    from (
        select
            *,
            -- the rule as it is now; a rule that is not in force yet, as it will be first
            row_number() over (
                partition by rule_id
                order by case when is_in_force then 0 else 1 end, valid_to, rule_version
            ) as choice
        from {{ ref('model_monitor', 'int_monitor__rules') }}
    ) as rows_of_rules
    group by rule_id

),

scopes as (

    select distinct scopes.rule_id
    from (
        select distinct
            rule_id,
            monitor,
            log,
            slice_pattern
        from {{ ref('model_monitor', 'int_monitor__rule_scopes') }}
    ) as scopes
    -- outcomes of predictions have the slices of the predictions
    inner join {{ ref('model_monitor', 'int_monitor__evaluated_slices') }} as slices
        on scopes.monitor = slices.monitor
        and case
            when {{ model_monitor.is_outcome_log('scopes.log') }} then 'predictions'
            else scopes.log
        end = slices.log
        and {{ model_monitor.fits_pattern('slices.slice_name', 'scopes.slice_pattern') }}

),

verdicts as (

    select
        rule_id,
        count(*) as judged,
        sum(case when outcome = 'breach' then 1 else 0 end) as breach,
        sum(case when outcome = 'clear' then 1 else 0 end) as clear
    from {{ ref('model_monitor', 'int_monitor__verdicts') }}
    group by rule_id

),

silences as (

    select
        judgements.rule_id,
        count(*) as no_data
    from {{ ref('model_monitor', 'monitor_judgements') }} as judgements
    inner join {{ ref('model_monitor', 'int_monitor__evaluated_windows') }} as windows
        on judgements.monitor = windows.monitor
        and judgements.log = windows.log
        and judgements.window_name = windows.window_name
        and judgements.window_end = windows.window_end
        and judgements.as_of = windows.as_of
    where judgements.outcome = 'no_data'
    group by judgements.rule_id

),

final as (

    select
        cast('{{ invocation_id }}' as {{ model_monitor.type_text() }}) as run_id,
        {{ model_monitor.as_of_timestamp() }} as as_of,
        rules.rule_id,
        rules.rule_version,
        case
            when rules.problem is not null then 'invalid'
            when rules.is_enabled = 0 then 'disabled'
            when scopes.rule_id is null and rules.is_own = 1 then 'matches_nothing'
            when scopes.rule_id is null then 'nothing_to_judge'
            else 'ok'
        end as status,
        case
            when rules.problem is not null then rules.problem
            when rules.is_enabled = 1 and scopes.rule_id is null and rules.is_own = 1
                then 'its patterns match no metric and slice. Valid: what docs/use/alerts.md lists '
                    || '(here: int_monitor__evaluable_metrics).'
        end as problem,
        cast(coalesce(verdicts.judged, 0) as bigint) as judged,
        cast(coalesce(verdicts.breach, 0) as bigint) as breach,
        cast(coalesce(verdicts.clear, 0) as bigint) as clear,
        cast(coalesce(silences.no_data, 0) as bigint) as no_data,
        rules.false_alarms_per_monitor_28d
    from rules
    left join scopes
        on rules.rule_id = scopes.rule_id
    left join verdicts
        on rules.rule_id = verdicts.rule_id
    left join silences
        on rules.rule_id = silences.rule_id

)

select * from final
