{{ model_monitor.table_model() }}
{%- set rebuild = model_monitor.rebuild_request() %}

with watermarks as (

    select * from {{ ref('model_monitor', 'int_monitor__watermarks') }}

),

arrived as (

    select
        arrivals.monitor,
        arrivals.log,
        arrivals.period_start
    from {{ ref('model_monitor', 'int_monitor__arrivals') }} as arrivals
    inner join watermarks
        on arrivals.monitor = watermarks.monitor
        and arrivals.log = watermarks.log
    where arrivals.new_row_count > 0
        or watermarks.has_late_ties

),

known as (

    select
        monitor,
        log,
        period_start,
        first_run
    from {{ ref('model_monitor', 'int_monitor__periods') }}

),

-- the start of a log may move back: the days in between become days of zero rows
first_days as (

    select
        known.monitor,
        known.log,
        min(known.period_start) as first_day,
        min(case when known.first_run <= watermarks.previous_run_number then known.period_start end)
            as previous_first_day
    from known
    inner join watermarks
        on known.monitor = watermarks.monitor
        and known.log = watermarks.log
    group by known.monitor, known.log

),

first_frozen as (

    select
        monitor,
        log,
        min(frozen_run) as frozen_run
    from {{ ref('model_monitor', 'int_monitor__ruler_subjects') }}
    group by monitor, log

    union all

    select
        monitor,
        log,
        min(frozen_run) as frozen_run
    from {{ ref('model_monitor', 'int_monitor__vocabulary') }}
    group by monitor, log

),

-- the first rulers, or the first vocabulary, of a log: all of its days are counted now
newly_ruled as (

    select
        known.monitor,
        known.log,
        known.period_start
    from known
    inner join watermarks
        on known.monitor = watermarks.monitor
        and known.log = watermarks.log
    inner join first_frozen
        on known.monitor = first_frozen.monitor
        and known.log = first_frozen.log
    where first_frozen.frozen_run > watermarks.previous_run_number

),

-- without a loaded_at, a day on which nothing arrives may have been emptied
read_again as (

    select
        watermarks.monitor,
        watermarks.log,
        date_trunc(
            'day',
            watermarks.previous_loaded_through - monitors.lateness_seconds * interval '1 second'
        ) as first_day
    from watermarks
    inner join {{ ref('model_monitor', 'int_monitor__logs') }} as logs
        on watermarks.monitor = logs.monitor
        and watermarks.log = logs.log
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on watermarks.monitor = monitors.monitor
    where not logs.has_loaded_at

),

-- Every day that is new, that a rebuild requests, or that an unfinished rebuild requested. An
-- engine without transactions may have emptied days and not refilled them. A day without rows is a
-- day of zero, not a missing day.
due as (

    select
        watermarks.monitor,
        watermarks.log,
        recent_days.day_start as period_start
    from watermarks
    cross join ({{ model_monitor.recent_days(4000) }}) as recent_days
    inner join first_days
        on watermarks.monitor = first_days.monitor
        and watermarks.log = first_days.log
    left join read_again
        on watermarks.monitor = read_again.monitor
        and watermarks.log = read_again.log
    where recent_days.day_start <= watermarks.loaded_through
        and recent_days.day_start >= first_days.first_day
        and (
            -- and the day on which the log seemed to begin is complete now
            recent_days.day_start <= case
                when first_days.first_day < first_days.previous_first_day
                    then first_days.previous_first_day
            end
            or recent_days.day_start > coalesce(
                date_trunc('day', watermarks.previous_loaded_through),
                cast('0001-01-01' as timestamp)
            )
            or recent_days.day_start >= read_again.first_day
            or recent_days.day_start >= watermarks.unfinished_rebuild_from
            {%- if rebuild['from'] %}
            or recent_days.day_start >= cast('{{ rebuild['from'] }}' as timestamp)
            {%- if rebuild['monitor'] %}
            and watermarks.monitor = {{ model_monitor.text_literal(rebuild['monitor']) }}
            {%- endif %}
            {%- endif %}
        )

),

touched as (

    select monitor, log, period_start from arrived
    union
    select monitor, log, period_start from newly_ruled
    union
    select monitor, log, period_start from due

),

final as (

    select
        touched.monitor,
        touched.log,
        touched.period_start
    from touched
    inner join {{ ref('model_monitor', 'int_monitor__expiries') }} as expiries
        on touched.monitor = expiries.monitor
        and touched.log = expiries.log
    where touched.period_start >= expiries.days_from

)

select * from final
