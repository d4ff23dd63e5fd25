{#- How well each version does on the first score with an outcome: its latest final week (or day),
    and the windows of the four weeks before. -#}
{{ model_monitor.view_model() }}

with measured as (

    select
        monitor,
        log,
        model_version,
        window_name,
        window_end,
        score,
        value as performance,
        row_number() over (
            partition by monitor, model_version
            order by
                case window_name when '7d' then 1 when 'day' then 2 else 3 end,
                window_end desc
        ) as choice
    from (
        {{ model_monitor.primary_performance_rows() | indent(8) }}
    ) as primary_performance
    where slice_name = '(all)'

),

latest as (

    select * from measured where choice = 1

),

earlier as (

    select
        latest.monitor,
        latest.model_version,
        {{ model_monitor.exact_mean('measured.performance') }} as baseline_performance
    from latest
    inner join measured
        on latest.monitor = measured.monitor
        and latest.model_version = measured.model_version
        and latest.window_name = measured.window_name
        and measured.window_end < latest.window_end
        and measured.window_end >= latest.window_end - interval '28 days'
        and measured.performance is not null
    group by latest.monitor, latest.model_version

),

final as (

    select
        latest.monitor,
        latest.model_version,
        latest.performance,
        earlier.baseline_performance,
        calibration.calibration_ratio
    from latest
    left join earlier
        on latest.monitor = earlier.monitor
        and latest.model_version = earlier.model_version
    left join {{ ref('model_monitor', 'monitor_calibration') }} as calibration
        on latest.monitor = calibration.monitor
        and latest.log = calibration.log
        and latest.model_version = calibration.model_version
        and latest.window_name = calibration.window_name
        and latest.window_end = calibration.window_end
        and latest.score = calibration.score
        and calibration.class = '(binary)'
        and calibration.role = 'live'
        and calibration.slice_name = '(all)'

)

select * from final
