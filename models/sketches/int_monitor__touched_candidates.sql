{#- The recent days whose unlabelled predictions are looked up again: rows or labels arrived, or
    label windows closed. Also the days that are no longer recent and are deleted. -#}
{{ model_monitor.table_model() }}

with days as (

    select
        labelling.monitor,
        labelling.log,
        recent_days.day_start as period_start,
        recent_days.day_start > date_trunc('day', watermarks.loaded_through)
            - labelling.within_days * interval '1 day' as is_recent
    from {{ ref('model_monitor', 'int_monitor__labelling') }} as labelling
    inner join {{ ref('model_monitor', 'int_monitor__watermarks') }} as watermarks
        on labelling.monitor = watermarks.monitor
        and watermarks.log = 'predictions'
    inner join {{ ref('model_monitor', 'int_monitor__expiries') }} as expiries
        on labelling.monitor = expiries.monitor
        and expiries.log = 'predictions'
    cross join ({{ model_monitor.recent_days(4000) }}) as recent_days
    where recent_days.day_start <= watermarks.loaded_through
        and recent_days.day_start >= expiries.days_from

),

news as (

    select
        monitor,
        log,
        period_start
    from {{ ref('model_monitor', 'int_monitor__touched_outcomes') }}

    union

    -- before the label window closes a label does not count, but it exists
    select
        arrivals.monitor,
        arrivals.log,
        arrivals.period_start
    from {{ ref('model_monitor', 'int_monitor__outcome_arrivals') }} as arrivals
    inner join {{ ref('model_monitor', 'int_monitor__outcome_watermarks') }} as clocks
        on arrivals.monitor = clocks.monitor
        and arrivals.log = clocks.log
    where arrivals.new_row_count > 0
        or clocks.has_late_ties

),

final as (

    select
        days.monitor,
        days.period_start,
        days.is_recent as is_counted
    from days
    left join news
        on {{ model_monitor.joined_on('days', 'news', ['monitor', 'log', 'period_start']) }}
    where not days.is_recent
        or news.period_start is not null

)

select * from final
