{#- The days of each outcome to count again: new predictions, label windows that closed since the
    last finished run, and late or corrected labels. The features of these days are not read. -#}
{{ model_monitor.table_model() }}

with clocks as (

    select * from {{ ref('model_monitor', 'int_monitor__outcome_watermarks') }}

),

days as (

    select
        clocks.*,
        recent_days.day_start as period_start,
        recent_days.day_start + interval '1 day' as period_end
    from clocks
    inner join (
        select
            monitor,
            min(period_start) as first_day
        from {{ ref('model_monitor', 'int_monitor__periods') }}
        where log = 'predictions'
        group by monitor
    ) as first_days
        on clocks.monitor = first_days.monitor
    cross join ({{ model_monitor.recent_days(4000) }}) as recent_days
    where recent_days.day_start >= first_days.first_day

),

reasons as (

    select
        clocks.monitor,
        clocks.log,
        touched.period_start
    from clocks
    inner join {{ ref('model_monitor', 'int_monitor__touched_periods') }} as touched
        on clocks.monitor = touched.monitor
        and touched.log = 'predictions'

    union

    -- before its label window closes a prediction does not count, and neither does its label
    select
        clocks.monitor,
        clocks.log,
        arrivals.period_start
    from clocks
    inner join {{ ref('model_monitor', 'int_monitor__outcome_arrivals') }} as arrivals
        on clocks.monitor = arrivals.monitor
        and clocks.log = arrivals.log
    where arrivals.period_start <= clocks.matured_through
        and (arrivals.new_row_count > 0 or clocks.has_late_ties)

    union

    select
        monitor,
        log,
        period_start
    from days
    where previous_matured_through is null
        or (period_start <= matured_through and period_end > previous_matured_through)
        or (
            period_end <= final_through
            and (previous_final_through is null or period_end > previous_final_through)
        )

),

-- proxies of an outcome are counted with it
reached as (

    select * from reasons

    union

    select
        outcomes.monitor,
        outcomes.log,
        reasons.period_start
    from reasons
    inner join {{ ref('model_monitor', 'int_monitor__outcomes') }} as outcomes
        on reasons.monitor = outcomes.monitor
        and reasons.log = 'predictions.' || outcomes.proxy

),

final as (

    select
        reasons.monitor,
        reasons.log,
        reasons.period_start
    from reached as reasons
    inner join {{ ref('model_monitor', 'int_monitor__expiries') }} as expiries
        on reasons.monitor = expiries.monitor
        and reasons.log = expiries.log
    inner join (
        select
            monitor,
            log,
            loaded_through
        from {{ ref('model_monitor', 'int_monitor__watermarks') }}
        where log = 'predictions'
    ) as predictions
        on reasons.monitor = predictions.monitor
    where reasons.period_start >= expiries.days_from
        and reasons.period_start <= predictions.loaded_through

)

select * from final
