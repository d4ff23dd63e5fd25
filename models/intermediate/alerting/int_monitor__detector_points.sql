{#- The series that detectors look at: of each signal by the day, four weeks that are watched behind
    four weeks that were learned from. Values are residuals: how many usual spreads from the usual
    value. -#}
{{ config(materialized='table') }}
{%- set series = [] %}
{%- for key in model_monitor.signal_keys() %}
{%- do series.append('signals.' ~ key) %}
{%- endfor %}

with signals as (

    select
        *,
        -- a PSI is skewed, its cube root is not
        case when family = 'drift' then {{ model_monitor.cube_root('value') }} else value end as y
    from {{ ref('model_monitor', 'monitor_signals') }}
    where window_name = 'day'
        and role = 'live'
        and value is not null
        and {{ model_monitor.is_single_slice('slice_name') }}

),

framed as (

    select
        {{ model_monitor.key_number(series + ['blocks.period_start']) }} as frame_id,
        {{ model_monitor.listed_columns('signals', model_monitor.signal_keys()) }},
        signals.window_start,
        signals.window_end,
        signals.y,
        blocks.period_start,
        signals.window_start >= blocks.period_start as is_watched
    from signals
    inner join {{ ref('model_monitor', 'int_monitor__detector_blocks') }} as blocks
        on signals.monitor = blocks.monitor
        and signals.log = blocks.log
        and signals.window_start >= blocks.period_start - interval '28 days'
        and signals.window_start < blocks.period_start + interval '28 days'

),

usual as (

    select
        frame_id,
        family,
        count(*) as learned_count,
        percentile_cont(0.5) within group (order by y) as middle,
        percentile_cont(0.75) within group (order by y)
        - percentile_cont(0.25) within group (order by y) as spread
    from framed
    where not is_watched
    group by frame_id, family
    having count(*) >= {{ model_monitor.learning_windows() }}

),

-- what has hardly ever moved must still be able to
scales as (

    select
        frame_id,
        learned_count,
        middle,
        greatest(
            spread / 1.349,
            0.01 * abs(middle),
            case when family in ('drift', 'tail') then 0.02 when family = 'volume' then 1.0
                else 0.005 end
        ) as scale
    from usual

),

residuals as (

    select
        framed.*,
        scales.learned_count,
        cast(
            greatest(least((framed.y - scales.middle) / scales.scale, 10.0), -10.0)
            as decimal(18, 9)
        ) as x
    from framed
    inner join scales
        on framed.frame_id = scales.frame_id

),

numbered as (

    select
        *,
        row_number() over (partition by frame_id order by window_start) as n,
        max(case when is_watched then abs(x) end) over (partition by frame_id) as farthest
    from residuals

),

final as (

    select
        frame_id,
        {{ model_monitor.listed_columns('', model_monitor.signal_keys()) }},
        period_start,
        window_start,
        window_end,
        n,
        n - learned_count as m,
        x,
        case when abs(x) >= 1.5 then 1 else 0 end as is_off
    from numbered
    -- where nothing ever strays, nothing is looked for
    where farthest >= 3

)

select * from final
