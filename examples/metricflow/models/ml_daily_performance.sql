-- Right and wrong decisions by day, score and version. Only days whose labels are final.
select
    monitor,
    score,
    outcome,
    model_version,
    window_start as day_start,
    true_positives,
    false_positives,
    true_negatives,
    false_negatives
from {{ ref('model_monitor', 'monitor_performance') }}
where role = 'live'
    and model_version <> '(all)'
    and window_name = 'day'
    and slice_name = '(all)'
    and class = '(binary)'
    and is_final
