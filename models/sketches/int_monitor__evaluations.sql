{#- The evaluation status of each log in this run. A run of one monitor leaves the rows of
    the others unchanged. -#}
{{ model_monitor.history_model(strategy='delete+insert', unique_key=['monitor', 'log']) }}
{%- set text = model_monitor.type_text() %}

with watermarks as (

    select * from {{ ref('model_monitor', 'int_monitor__watermarks') }}

),

logs as (

    select * from {{ ref('model_monitor', 'int_monitor__logs') }}

),

rulers as (

    select * from {{ ref('model_monitor', 'int_monitor__ruler_subjects') }}

),

frozen as (

    select
        monitor,
        log,
        sum(valid_row_count) as valid_row_count
    from rulers
    group by monitor, log

),

changed as (

    select
        rulers.monitor,
        rulers.log,
        'subject ' || rulers.subject || ': was ' || rulers.type_kind || ' when its ruler froze, is '
        || types.type_kind || ' (' || types.data_type || ')' as problem
    from rulers
    inner join {{ ref('model_monitor', 'int_monitor__subject_types') }} as types
        on rulers.monitor = types.monitor
        and rulers.log = types.log
        and rulers.subject = types.subject
    where rulers.type_kind <> types.type_kind

),

-- numbers too large for exact sums are clamped: results from them are only a bound
clamped as (

    select
        sums.monitor,
        sums.log,
        'metric ' || sums.metric || ': values beyond 1e15 are counted as 1e15' as problem
    from {{ ref('model_monitor', 'int_monitor__metric_sums') }} as sums
    inner join {{ ref('model_monitor', 'int_monitor__touched_periods') }} as touched
        on sums.monitor = touched.monitor
        and sums.log = touched.log
        and sums.period_start = touched.period_start
    where sums.clamped_count > 0
    group by sums.monitor, sums.log, sums.metric

    union all

    select
        bins.monitor,
        bins.log,
        case
            when bins.class = '{{ model_monitor.worth_class() }}'
                then 'costs: amounts beyond 1e15 are counted as 1e15'
            else 'outcome ' || bins.outcome
                || case when bins.score = '(label)' then '' else ' of score ' || bins.score end
                || ': values beyond ' || case when bins.score = '(label)' then '1e15'
                    else '1e9 scales of the reference' end || ' are counted as that'
        end as problem
    from {{ ref('model_monitor', 'int_monitor__outcome_bins') }} as bins
    inner join {{ ref('model_monitor', 'int_monitor__touched_outcomes') }} as touched
        on bins.monitor = touched.monitor
        and bins.log = touched.log
        and bins.period_start = touched.period_start
    where bins.clamped_count > 0
    group by bins.monitor, bins.log, bins.outcome, bins.score, bins.class

),

clamps as (

    select
        monitor,
        log,
        {{ model_monitor.joined_texts('problem', '1 = 1') }} as problems
    from clamped
    group by monitor, log

),

type_changes as (

    select
        monitor,
        log,
        {{ model_monitor.joined_texts('problem', '1 = 1') }} as problems
    from changed
    group by monitor, log

),

final as (

    select
        watermarks.monitor,
        watermarks.log,
        {{ model_monitor.as_of_timestamp() }} as as_of,
        cast(case
            when not logs.is_readable then 'not_evaluated'
            when coalesce(type_changes.problems, clamps.problems) is not null or logs.status <> 'ok'
                then 'partly_evaluated'
            -- facts frozen from training data remain when the data are gone
            when not logs.is_reference_readable and coalesce(frozen.valid_row_count, 0) = 0
                then 'partly_evaluated'
            else 'evaluated'
        end as {{ text }}) as evaluation,
        cast(
            nullif(
                concat_ws('; ', logs.problems, type_changes.problems, clamps.problems), ''
            ) as {{ text }}
        ) as problems
    from watermarks
    inner join logs
        on watermarks.monitor = logs.monitor
        and watermarks.log = logs.log
    left join frozen
        on watermarks.monitor = frozen.monitor
        and watermarks.log = frozen.log
    left join type_changes
        on watermarks.monitor = type_changes.monitor
        and watermarks.log = type_changes.log
    left join clamps
        on watermarks.monitor = clamps.monitor
        and watermarks.log = clamps.log

    union all

    select
        clocks.monitor,
        clocks.log,
        {{ model_monitor.as_of_timestamp() }} as as_of,
        cast(case
            when not outcomes.is_readable then 'not_evaluated'
            when outcomes.status <> 'ok' or clamps.problems is not null then 'partly_evaluated'
            else 'evaluated'
        end as {{ text }}) as evaluation,
        cast(
            nullif(concat_ws('; ', outcomes.problems, clamps.problems), '') as {{ text }}
        ) as problems
    from {{ ref('model_monitor', 'int_monitor__outcome_watermarks') }} as clocks
    inner join {{ ref('model_monitor', 'int_monitor__outcomes') }} as outcomes
        on clocks.monitor = outcomes.monitor
        and clocks.log = outcomes.log
    left join clamps
        on clocks.monitor = clamps.monitor
        and clocks.log = clamps.log

)

select * from final
