{# Smallest and largest share of drifted subjects, by monitor, log, window length and verdict. #}
{% macro trust_dataset() %}
with checked as (

    {{ model_monitor.checked_windows('int_monitor__reevaluated_windows') }}

),

final as (

    select
        dataset.monitor,
        dataset.log,
        dataset.window_name,
        dataset.baseline,
        dataset.verdict,
        min(dataset.subject_count) as least_subject_count,
        min(dataset.drifted_share) as least_drifted_share,
        max(dataset.drifted_share) as largest_drifted_share,
        min(dataset.importance_weighted_drifted_share) as least_weighted_share,
        max(dataset.importance_weighted_drifted_share) as largest_weighted_share
    from {{ ref('model_monitor', 'monitor_dataset') }} as dataset
    inner join checked
        on dataset.monitor = checked.monitor
        and dataset.log = checked.log
        and dataset.window_name = checked.window_name
        and dataset.window_end = checked.window_end
    group by
        dataset.monitor,
        dataset.log,
        dataset.window_name,
        dataset.baseline,
        dataset.verdict

)

select * from final
{% endmacro %}
