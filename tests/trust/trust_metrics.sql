{#- Made by tools/trust_tests.py from python/expectations: metrics. -#}
{{ config(tags=['trust']) }}
with frame as (

    {{ model_monitor.trust_metrics() | indent(4) }}

),

checked as (

    select
        *,
        case when least_row_count < 0.0 then ' metric_rows_are_counts' else '' end
        || case when least_below < 0.0 then ' metric_is_above_ci_lower' else '' end
        || case when least_above < 0.0 then ' metric_is_below_ci_upper' else '' end
        || case when unexplained_null_count < 0.0 or unexplained_null_count > 0.0 then ' metric_nulls_are_explained' else '' end
        || case when not_finite_count < 0.0 or not_finite_count > 0.0 then ' metrics_are_finite' else '' end
            as broken
    from frame

)

select
    monitor, log, window_name, metric,
    broken
from checked
where broken <> ''
