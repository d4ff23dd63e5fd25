{#- How much larger chi-squared is than by chance: for a subject of a slice, for the subject over
    all rows, and the median of the monitor. Estimated on days a week apart; windows of 7 and 30
    days use the same value. A series whose days have too few rows uses its weeks instead. -#}
{{ model_monitor.view_model() }}

with histories as (

    select * from {{ ref('model_monitor', 'int_monitor__distance_history') }}

),

of_windows as (

    select
        histories.monitor,
        histories.log,
        histories.window_end,
        case when histories.window_name = 'hour' then 'hour' else 'day' end as grain,
        histories.series_id,
        series.subject_id,
        series.slice_name,
        histories.history_count,
        histories.dispersion,
        row_number() over (
            partition by
                histories.series_id,
                histories.window_end,
                case when histories.window_name = 'hour' then 'hour' else 'day' end
            order by
                case when histories.history_count >= {{ model_monitor.learning_windows() }}
                    then 0 else 1 end,
                histories.window_name desc
        ) as priority
    from histories
    inner join {{ ref('model_monitor', 'int_monitor__series') }} as series
        on histories.series_id = series.series_id
    where (histories.window_name = 'day' and histories.baseline = 'last_week')
        or (histories.window_name = '7d' and histories.baseline = 'previous')
        or (histories.window_name = 'hour' and histories.baseline = 'seasonal')

),

of_series as (

    select * from of_windows
    where priority = 1

),

final as (

    select
        'series' as level,
        monitor,
        log,
        window_end,
        grain,
        series_id,
        subject_id,
        history_count,
        dispersion
    from of_series

    union all

    select
        'subject' as level,
        monitor,
        log,
        window_end,
        grain,
        series_id,
        subject_id,
        history_count,
        dispersion
    from of_series
    where slice_name = '(all)'

    union all

    select
        'log' as level,
        monitor,
        log,
        window_end,
        grain,
        null as series_id,
        null as subject_id,
        null as history_count,
        percentile_cont(0.5) within group (order by dispersion) as dispersion
    from of_series
    where slice_name = '(all)'
        and history_count >= {{ model_monitor.learning_windows() }}
    group by monitor, log, window_end, grain

)

select * from final
