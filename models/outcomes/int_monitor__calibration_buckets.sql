{#- All buckets of the touched windows. monitor_calibration_buckets decides which of
    them are published. -#}
{{ model_monitor.table_model() }}
{%- set double = model_monitor.type_double() %}
{%- set key = [
    'monitor', 'log', 'role', 'model_version', 'window_name', 'window_start', 'window_end',
    'slice_name', 'slice_value', 'outcome', 'score', 'class',
] %}

with cells as (

    select sums.*
    from {{ ref('model_monitor', 'int_monitor__score_sums') }} as sums
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on sums.monitor = monitors.monitor
    where sums.class not in ('(all)', '(label)', '(micro)')
        and (sums.slice_name = '(all)' or sums.labelled_count >= monitors.min_cell)
        and {{ model_monitor.is_disclosable('sums') }}

),

windows as (

    select
        windows.*,
        cells.monitor,
        cells.log,
        cells.score,
        cells.class
    from {{ ref('model_monitor', 'int_monitor__outcome_windows') }} as windows
    inner join cells
        on windows.window_id = cells.window_id
        and windows.series_id = cells.series_id
    where windows.labelled_count > 0

),

buckets as (

    select * from {{ ref('model_monitor', 'int_monitor__score_buckets') }}

),

edges as (

    {%- for bucketing in ['mass', 'width'] %}
    {{ 'union all' if not loop.first }}
    select
        monitor,
        log,
        score,
        class,
        '{{ bucketing }}' as bucketing,
        {{ bucketing }}_bucket as bucket,
        min(lower_edge) as lower_bound,
        max(upper_edge) as upper_bound
    from buckets
    group by monitor, log, score, class, {{ bucketing }}_bucket
    {%- endfor %}

),

counts as (

    {%- for bucketing in ['mass', 'width'] %}
    {{ 'union all' if not loop.first }}
    select
        windows.window_id,
        windows.series_id,
        '{{ bucketing }}' as bucketing,
        buckets.{{ bucketing }}_bucket as bucket,
        sum(windows.labelled_count) as n,
        sum(windows.sum_y) / 1000000 as k,
        {{ model_monitor.from_fixed_point('sum(windows.sum_p)') }} as sum_p
    from windows
    inner join buckets
        on windows.monitor = buckets.monitor
        and windows.log = buckets.log
        and windows.score = buckets.score
        and windows.class = buckets.class
        and windows.bin = buckets.bin
    group by windows.window_id, windows.series_id, buckets.{{ bucketing }}_bucket
    {%- endfor %}

),

-- the two kinds of buckets overlap: the difference of two counts could reveal a few rows
atoms as (

    select
        windows.window_id,
        windows.series_id,
        sum(windows.labelled_count) as n
    from windows
    inner join buckets
        on windows.monitor = buckets.monitor
        and windows.log = buckets.log
        and windows.score = buckets.score
        and windows.class = buckets.class
        and windows.bin = buckets.bin
    group by
        windows.window_id,
        windows.series_id,
        buckets.mass_bucket,
        buckets.width_bucket

),

smallest as (

    select
        window_id,
        series_id,
        min(n) as min_overlap
    from atoms
    group by window_id, series_id

),

final as (

    select
        {{ model_monitor.listed_columns('cells', key) }},
        cells.labelled_count,
        smallest.min_overlap,
        cast(counts.bucketing as {{ model_monitor.type_text() }}) as bucketing,
        counts.bucket,
        cells.is_final,
        cast(edges.lower_bound as {{ double }}) as lower_bound,
        cast(edges.upper_bound as {{ double }}) as upper_bound,
        cast(counts.n as bigint) as prediction_count,
        cast(counts.k as bigint) as outcome_count,
        cast(counts.sum_p / counts.n as {{ double }}) as average_prediction,
        cast({{ model_monitor.safe_divide('counts.k', 'counts.n') }} as {{ double }})
            as observed_rate,
        cast(
            {{ model_monitor.safe_divide('counts.k', 'counts.n') }} - counts.sum_p / counts.n
            as {{ double }}
        ) as gap,
        cast(
            {{ model_monitor.wilson_lower('counts.k', 'counts.n') }} - counts.sum_p / counts.n
            as {{ double }}
        ) as gap_lower,
        cast(
            {{ model_monitor.wilson_upper('counts.k', 'counts.n') }} - counts.sum_p / counts.n
            as {{ double }}
        ) as gap_upper
    from counts
    inner join cells
        on counts.window_id = cells.window_id
        and counts.series_id = cells.series_id
    inner join smallest
        on counts.window_id = smallest.window_id
        and counts.series_id = smallest.series_id
    inner join edges
        on {{ model_monitor.joined_on('cells', 'edges', ['monitor', 'log', 'score', 'class']) }}
        and {{ model_monitor.joined_on('counts', 'edges', ['bucketing', 'bucket']) }}

)

select * from final
