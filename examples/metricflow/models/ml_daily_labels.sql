-- Predictions and their labels by day, outcome and version.
select
    monitor,
    outcome,
    model_version,
    window_start as day_start,
    is_final,
    prediction_count,
    matured_count,
    labelled_count
from {{ ref('model_monitor', 'monitor_labels') }}
where role = 'live'
    and model_version <> '(all)'
    and window_name = 'day'
    and slice_name = '(all)'
