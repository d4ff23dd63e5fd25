{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'window_name', 'window_end'],
    replaced_by='int_monitor__reevaluated_windows'
) }}

with drift as (

    select drift.*
    from {{ ref('model_monitor', 'monitor_drift') }} as drift
    inner join {{ ref('model_monitor', 'int_monitor__reevaluated_windows') }} as rejudged
        on drift.monitor = rejudged.monitor
        and drift.log = rejudged.log
        and drift.window_name = rejudged.window_name
        and drift.window_end = rejudged.window_end

),

weighted as (

    select
        drift.monitor,
        drift.role,
        drift.model_version,
        drift.window_name,
        drift.window_start,
        drift.window_end,
        drift.slice_name,
        drift.slice_value,
        drift.log,
        drift.baseline,
        case when drift.status = 'drifted' then 1.0 else 0.0 end as is_drifted,
        case
            when drift.is_reference_mismatch then 1
            when not drift.is_reference_mismatch then 0
        end as is_reference_mismatch,
        case when drift.is_learning
            then least(drift.history_windows, {{ model_monitor.learning_windows() }} - 1)
            else drift.history_windows
        end as history_windows,
        subjects.importance
    from drift
    inner join {{ ref('model_monitor', 'int_monitor__subjects') }} as subjects
        on drift.monitor = subjects.monitor
        and drift.log = subjects.log
        and drift.subject = subjects.subject
    where drift.status in ('ok', 'drifted')

),

final as (

    select
        monitor,
        role,
        model_version,
        window_name,
        window_start,
        window_end,
        slice_name,
        slice_value,
        log,
        baseline,
        cast(count(*) as integer) as subject_count,
        {{ model_monitor.exact_sum('is_drifted') }} / count(*) as drifted_share,
        {{ model_monitor.safe_divide(
            model_monitor.exact_sum('is_drifted * importance'), model_monitor.exact_sum('importance')
        ) }} as importance_weighted_drifted_share,
        cast(sum(is_reference_mismatch) as integer) as reference_mismatch_count,
        cast(floor(percentile_cont(0.5) within group (order by history_windows)) as integer)
            as history_windows,
        {{ model_monitor.dataset_verdict(
            model_monitor.exact_sum('is_drifted') ~ ' / count(*)'
        ) }} as verdict
    from weighted
    group by
        monitor,
        role,
        model_version,
        window_name,
        window_start,
        window_end,
        slice_name,
        slice_value,
        log,
        baseline

)

select * from final
