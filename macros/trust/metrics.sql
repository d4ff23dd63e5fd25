{# The position of each metric in its interval, and the number of its nulls without a reason. #}
{% macro trust_metrics() %}
with checked as (

    {{ model_monitor.checked_windows('int_monitor__touched_windows') }}

),

final as (

    select
        metrics.monitor,
        metrics.log,
        metrics.window_name,
        metrics.metric,
        count(*) as value_count,
        min(metrics.row_count) as least_row_count,
        min(metrics.value - metrics.ci_lower) as least_below,
        min(metrics.ci_upper - metrics.value) as least_above,
        cast(sum(case
            when metrics.value is null and coalesce(metrics.denominator, 1) <> 0 then 1
            else 0
        end) as bigint) as unexplained_null_count,
        cast(sum({{ model_monitor.not_finite([
            'metrics.value', 'metrics.ci_lower', 'metrics.ci_upper',
        ]) }}) as bigint) as not_finite_count
    from {{ ref('model_monitor', 'monitor_metrics') }} as metrics
    inner join checked
        on metrics.monitor = checked.monitor
        and metrics.log = checked.log
        and metrics.window_name = checked.window_name
        and metrics.window_end = checked.window_end
    group by metrics.monitor, metrics.log, metrics.window_name, metrics.metric

)

select * from final
{% endmacro %}
