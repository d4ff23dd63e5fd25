{#- The input of the detectors: for each daily signal, four weeks to watch and the four
    weeks before them as history. Values are residuals: the deviation from the normal value
    in normal spreads. -#}
{{ model_monitor.table_model() }}
{%- set keys = model_monitor.signal_keys() %}

with metric_starts as (

    {{ model_monitor.metric_start_rows() | indent(4) }}

),

signals as (

    select
        {{ model_monitor.listed_columns('found', keys) }},
        found.window_start,
        found.window_end,
        -- a PSI is skewed, its cube root is not
        case when found.family = 'drift' then {{ model_monitor.cube_root('found.value') }}
            else found.value end as y
    from {{ ref('model_monitor', 'monitor_signals') }} as found
    left join metric_starts
        on found.monitor = metric_starts.monitor
        and found.log = metric_starts.log
        and found.subject = metric_starts.metric
        and found.family in ('metrics', 'volume')
    where found.window_name = 'day'
        and found.role = 'live'
        and found.value is not null
        and {{ model_monitor.is_single_slice('found.slice_name') }}
        and {{ model_monitor.is_since_start('found', 'metric_starts') }}

),

-- an id for each series: nearly all of them are quiet and need no names
series as (

    select
        {{ model_monitor.key_number(keys) }} as series_id,
        {{ model_monitor.listed_columns('', keys) }}
    from (select distinct {{ model_monitor.listed_columns('', keys) }} from signals) as named

),

framed as (

    select
        series.series_id,
        series.family,
        signals.window_start,
        signals.window_end,
        signals.y,
        blocks.period_start,
        signals.window_start >= blocks.period_start as is_watched
    from signals
    inner join series
        on {{ model_monitor.joined_on('signals', 'series', keys) }}
    inner join {{ ref('model_monitor', 'int_monitor__detector_blocks') }} as blocks
        on signals.monitor = blocks.monitor
        and signals.log = blocks.log
        and signals.window_start >= blocks.period_start - interval '28 days'
        and signals.window_start < blocks.period_start + interval '28 days'

),

normal_values as (

    select
        series_id,
        period_start,
        family,
        count(*) as learned_count,
        percentile_cont(0.5) within group (order by y) as middle,
        percentile_cont(0.75) within group (order by y)
        - percentile_cont(0.25) within group (order by y) as spread
    from framed
    where not is_watched
    group by series_id, period_start, family
    having count(*) >= {{ model_monitor.learning_windows() }}

),

-- a minimum scale lets a series that has hardly ever moved deviate too
scales as (

    select
        series_id,
        period_start,
        learned_count,
        middle,
        greatest(
            spread / 1.349,
            0.01 * abs(middle),
            case when family in ('drift', 'tail') then 0.02 when family = 'volume' then 1.0
                else 0.005 end
        ) as scale
    from normal_values

),

residuals as (

    select
        framed.series_id,
        framed.period_start,
        framed.window_start,
        framed.window_end,
        framed.is_watched,
        scales.learned_count,
        cast(
            greatest(least((framed.y - scales.middle) / scales.scale, 10.0), -10.0)
            as decimal(18, 9)
        ) as x
    from framed
    inner join scales
        on framed.series_id = scales.series_id
        and framed.period_start = scales.period_start

),

-- detectors skip series without any deviation
deviating as (

    select
        series_id,
        period_start
    from residuals
    where is_watched
    group by series_id, period_start
    having max(abs(x)) >= 3

),

numbered as (

    select
        residuals.*,
        row_number() over (
            partition by residuals.series_id, residuals.period_start
            order by residuals.window_start
        ) as n
    from residuals
    inner join deviating
        on residuals.series_id = deviating.series_id
        and residuals.period_start = deviating.period_start

),

final as (

    select
        {{ model_monitor.key_number(['numbered.series_id', 'numbered.period_start']) }} as frame_id,
        {{ model_monitor.listed_columns('series', keys) }},
        numbered.period_start,
        numbered.window_start,
        numbered.window_end,
        numbered.n,
        numbered.n - numbered.learned_count as m,
        numbered.x,
        case when abs(numbered.x) >= 1.5 then 1 else 0 end as is_off
    from numbered
    inner join series
        on numbered.series_id = series.series_id

)

select * from final
