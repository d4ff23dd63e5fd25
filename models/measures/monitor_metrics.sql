{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'window_name', 'window_end'],
    replaced_by='int_monitor__touched_windows'
) }}
{%- set z = model_monitor.z95() %}
{%- set key = [
    'monitor', 'log', 'role', 'model_version', 'window_name', 'window_end', 'slice_name',
    'slice_value', 'metric',
] %}

with touched as (

    select * from {{ ref('model_monitor', 'int_monitor__touched_windows') }}

),

window_metrics as (

    select * from {{ ref('model_monitor', 'int_monitor__window_metrics') }}

),

definitions as (

    select * from {{ ref('model_monitor', 'int_monitor__metric_definitions') }}

),

hidden as (

    select * from {{ ref('model_monitor', 'int_monitor__suppressed_groups') }}

),

monitors as (

    select * from {{ ref('model_monitor', 'int_monitor__monitors') }}

),

-- A small cell is hidden, with two exceptions: a row count shows that a slice shrank to it, and
-- every sum shows that nothing is left. For groups of people neither is published.
published as (

    select
        window_metrics.monitor,
        window_metrics.log,
        window_metrics.role,
        window_metrics.model_version,
        window_metrics.window_name,
        window_metrics.window_start,
        window_metrics.window_end,
        window_metrics.slice_name,
        window_metrics.slice_value,
        window_metrics.metric,
        window_metrics.row_count,
        {{ model_monitor.from_fixed_point('window_metrics.sum_a') }} as sum_a,
        {{ model_monitor.from_fixed_point('window_metrics.sum_b') }} as sum_b,
        {{ model_monitor.from_fixed_point(
            'window_metrics.sum_aa', 2, 'window_metrics.sum_aa_high'
        ) }} as sum_aa,
        {{ model_monitor.from_fixed_point(
            'window_metrics.sum_bb', 2, 'window_metrics.sum_bb_high'
        ) }} as sum_bb,
        {{ model_monitor.from_fixed_point(
            'window_metrics.sum_ab', 2, 'window_metrics.sum_ab_high'
        ) }} as sum_ab,
        definitions.is_ratio,
        {{ model_monitor.is_plain_rate(
            'window_metrics.row_count', 'window_metrics.sum_a', 'window_metrics.sum_b',
            'window_metrics.sum_aa', 'window_metrics.sum_bb'
        ) }} and coalesce(window_metrics.sum_aa_high, 0) = 0 as is_rate,
        definitions.target,
        definitions.layer
    from window_metrics
    inner join touched
        on window_metrics.monitor = touched.monitor
        and window_metrics.log = touched.log
        and window_metrics.window_name = touched.window_name
        and window_metrics.window_end = touched.window_end
    inner join definitions
        on window_metrics.monitor = definitions.monitor
        and window_metrics.log = definitions.log
        and window_metrics.metric = definitions.metric
    inner join monitors
        on window_metrics.monitor = monitors.monitor
    left join hidden
        on {{ model_monitor.joined_on('window_metrics', 'hidden', key) }}
    where hidden.metric is null
        and (
            definitions.is_count
            or window_metrics.slice_name = '(all)'
            or window_metrics.row_count >= monitors.min_cell
            or (not definitions.is_ratio and window_metrics.row_count = 0)
        )

),

measured as (

    select
        *,
        case
            when is_ratio then {{ model_monitor.safe_divide('sum_a', 'sum_b') }}
            else sum_a
        end as value,
        case
            when is_ratio and not is_rate
                then {{ model_monitor.ratio_standard_error(
                    'row_count', 'sum_a', 'sum_b', 'sum_aa', 'sum_bb', 'sum_ab'
                ) }}
        end as standard_error
    from published

),

final as (

    select
        monitor,
        log,
        role,
        model_version,
        window_name,
        window_start,
        window_end,
        slice_name,
        slice_value,
        metric,
        row_count,
        sum_a as numerator,
        case when is_ratio then sum_b end as denominator,
        value,
        case
            when is_ratio and is_rate then {{ model_monitor.wilson_lower('sum_a', 'row_count') }}
            else value - {{ z }} * standard_error
        end as ci_lower,
        case
            when is_ratio and is_rate then {{ model_monitor.wilson_upper('sum_a', 'row_count') }}
            else value + {{ z }} * standard_error
        end as ci_upper,
        cast(target as {{ model_monitor.type_double() }}) as target,
        layer
    from measured

)

select * from final
