{#
    The performance of the first score with an outcome of each monitor, in windows whose labels are
    final: the area under the ROC curve of a binary score, the accuracy of classes, r2 of a number.
    `prefix` precedes the name of the metric in policy: version_metrics.
#}
{% macro primary_performance_rows() -%}
select
    performance.monitor,
    performance.log,
    performance.score,
    performance.model_version,
    performance.window_name,
    performance.window_end,
    performance.slice_name,
    performance.slice_value,
    performance.labelled_count,
    case when scores.score_position = 0 then '' else scores.score || '.' end as prefix,
    case performance.class
        when '(binary)' then 'roc_auc' when '(micro)' then 'accuracy' else 'r2'
    end as metric,
    case performance.class
        when '(binary)' then performance.roc_auc
        when '(micro)' then performance.accuracy
        else performance.r2
    end as value
from {{ ref('model_monitor', 'monitor_performance') }} as performance
inner join (
    select distinct
        monitor,
        log,
        score,
        score_position,
        min(score_position) over (partition by monitor) as first_position
    from {{ ref('model_monitor', 'int_monitor__outcome_scores') }}
) as scores
    on performance.monitor = scores.monitor
    and performance.log = scores.log
    and performance.score = scores.score
    and scores.score_position = scores.first_position
where performance.role = 'live'
    and performance.is_final
    and performance.class in ('(binary)', '(micro)', '(all)')
{%- endmacro %}
