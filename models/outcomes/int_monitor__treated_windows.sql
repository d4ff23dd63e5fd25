{{ model_monitor.table_model() }}
{#- The touched windows in which an experiment treated an arm. Their untreated live rows are
    measured separately, because treated rows are no valid history. -#}

select distinct window_periods.window_id
from {{ ref('model_monitor', 'int_monitor__window_periods') }} as window_periods
inner join {{ ref('model_monitor', 'int_monitor__outcome_bins') }} as bins
    on window_periods.monitor = bins.monitor
    and window_periods.log = bins.log
    and window_periods.period_time = bins.period_start
inner join {{ ref('model_monitor', 'int_monitor__logs') }} as logs
    on bins.monitor = logs.monitor
    and logs.log = 'predictions'
where bins.slice_name = '(all)'
    and bins.score = '(label)'
    and {{ model_monitor.is_treated('bins') }}
