{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['monitor', 'log', 'window_name', 'window_end'],
    meta={'replaced_by': 'int_monitor__touched_windows'},
    on_schema_change='append_new_columns',
    full_refresh=false
) }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__touched_windows') }}
{%- set double = model_monitor.type_double() %}
{%- set key = ['monitor', 'log', 'role', 'model_version', 'window_name', 'window_start', 'window_end',
    'slice_name', 'slice_value', 'outcome'] %}

with labels as (

    select
        labels.*,
        monitors.min_cell
    from {{ ref('model_monitor', 'int_monitor__outcome_windows') }} as labels
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on labels.monitor = monitors.monitor
    where labels.score = '(label)'

),

delays as (

    select
        {{ model_monitor.listed_columns('', key) }},
        {{ model_monitor.delay_edge('bin') }} as lower_end,
        {{ model_monitor.delay_edge('(bin + 1)') }} as upper_end,
        sum(observed_count) over (partition by {{ key | join(', ') }}) as valid_count,
        sum(observed_count) over (
            partition by {{ key | join(', ') }} order by bin
            rows between unbounded preceding and current row
        ) as rows_through,
        sum(observed_count) over (
            partition by {{ key | join(', ') }} order by bin
            rows between unbounded preceding and current row
        ) - observed_count as rows_before
    from labels
    where bin >= 0
        and observed_count > 0

),

quantiles as (

    select
        {{ model_monitor.listed_columns('', key) }},
        {{ model_monitor.quantile(50) }} as delay_p50,
        {{ model_monitor.quantile(90) }} as delay_p90,
        {{ model_monitor.quantile(99) }} as delay_p99
    from delays
    where {{ model_monitor.holds_any_quantile([50, 90, 99]) }}
    group by {{ key | join(', ') }}

),

totals as (

    select
        {{ model_monitor.listed_columns('', key) }},
        sum(row_count) as prediction_count,
        sum(matured_count) as matured_count,
        sum(labelled_count) as labelled_count,
        sum(observed_count) as observed_count,
        sum(late_count) as late_outcome_count,
        sum(early_count) as early_outcome_count,
        sum(invalid_count) as invalid_outcome_count,
        sum(sum_y) as sum_y,
        min(case when is_final then 1 else 0 end) = 1 as is_final
    from labels
    group by {{ key | join(', ') }}
    having slice_name = '(all)'
        or sum(row_count) >= max(min_cell)

),

final as (

    select
        {{ model_monitor.listed_columns('totals', key) }},
        cast(totals.prediction_count as bigint) as prediction_count,
        cast(totals.matured_count as bigint) as matured_count,
        cast(totals.labelled_count as bigint) as labelled_count,
        cast(totals.observed_count as bigint) as observed_count,
        {{ model_monitor.safe_divide('totals.labelled_count', 'totals.matured_count') }}
            as label_coverage,
        cast(
            {{ model_monitor.from_fixed_point('totals.sum_y') }} / nullif(totals.labelled_count, 0)
            as {{ double }}
        ) as mean_outcome,
        cast(totals.late_outcome_count as bigint) as late_outcome_count,
        cast(totals.early_outcome_count as bigint) as early_outcome_count,
        cast(totals.invalid_outcome_count as bigint) as invalid_outcome_count,
        cast(quantiles.delay_p50 as {{ double }}) as delay_p50,
        cast(quantiles.delay_p90 as {{ double }}) as delay_p90,
        cast(quantiles.delay_p99 as {{ double }}) as delay_p99,
        totals.is_final
    from totals
    left join quantiles
        on {{ model_monitor.joined_on('totals', 'quantiles', key) }}

)

select * from final
