{{ model_monitor.table_model() }}
{#- The onset of each alert within its first window: the hour of a daily alert, the day of a longer
    one.

    For a distribution, each hour has a log-likelihood ratio, summed row by row: this day against
    the week before. The onset follows the last minimum of the running sum, so an hour need not have
    enough rows for a distance. Row counts and shares work the same way: the pace or share of this
    day against the normal one. For everything else the onset is the first of two consecutive hours
    that reach half of the day's effect. An hour that follows a gap in the data is no onset. Then
    only the day is known.

    A window of 7 or 30 days is compared with the window before it, day by day. The bins contain the
    missing values too, so shares need no rule of their own. -#}

with alerts as (

    select
        facts.*,
        coalesce(facts.first_baseline_value, 0) as usual_value,
        coalesce(signals.dispersion, 1.0) as row_dispersion
    from {{ ref('model_monitor', 'int_monitor__alert_states') }} as facts
    left join {{ ref('model_monitor', 'monitor_signals') }} as signals
        on {{ model_monitor.joined_on('facts', 'signals', model_monitor.signal_keys()) }}
        and facts.opened_at = signals.window_end
    where facts.window_name in ('day', '7d', '30d')

),

hours as (

    {{ model_monitor.alert_hour_rows('alerts') | indent(4) }}

),

-- add half a row to either side, so neither outcome is impossible
sized as (

    select
        alerts.alert_id,
        alerts.first_value as day_value,
        alerts.usual_value,
        (alerts.first_value * sum(hours.row_count) + 0.5e0) / (sum(hours.row_count) + 1)
            as day_share,
        (alerts.usual_value * sum(hours.row_count) + 0.5e0) / (sum(hours.row_count) + 1)
            as usual_share,
        alerts.row_dispersion as dispersion,
        min(case when hours.is_share and hours.value between 0 and 1 then 1 else 0 end) = 1
        and alerts.first_value between 0 and 1
        and alerts.usual_value between 0 and 1 as is_share
    from alerts
    inner join hours
        on alerts.alert_id = hours.alert_id
    group by alerts.alert_id, alerts.first_value, alerts.usual_value, alerts.row_dispersion

),

share_hours as (

    select
        sized.alert_id,
        sized.dispersion,
        'hour' as grain,
        hours.window_start,
        cast({{ model_monitor.rounded(
            '1e6 * hours.row_count * (hours.value * ln(sized.day_share / sized.usual_share)'
            ~ ' + (1 - hours.value) * ln((1 - sized.day_share) / (1 - sized.usual_share)))', 0
        ) }} as bigint) as likelier
    from sized
    inner join hours
        on sized.alert_id = hours.alert_id
    where sized.is_share

),

first_hours as (

    {{ model_monitor.half_reached_rows('hours', 'sized') | indent(4) }}

),

moved_hours as (

    {{ model_monitor.moved_step_rows('alerts') | indent(4) }}

),

paced_hours as (

    {{ model_monitor.paced_hour_rows('alerts') | indent(4) }}

),

likely_hours as (

    select * from moved_hours
    union all
    select * from share_hours
    union all
    select * from paced_hours

),

running as (

    select
        alert_id,
        dispersion,
        grain,
        window_start,
        sum(likelier) over (
            partition by alert_id order by window_start
        ) as likelier_so_far,
        sum(likelier) over (partition by alert_id) as likelier_in_all,
        lead(window_start) over (partition by alert_id order by window_start) as next_start
    from likely_hours

),

lowest as (

    select
        *,
        row_number() over (
            partition by alert_id order by likelier_so_far asc, window_start desc
        ) as place
    from running

),

final as (

    select * from first_hours

    union all

    -- The rows before the onset must favour the week before by 20 to 1, and the rows after it must
    -- favour this day by 20 to 1. Both counts are in independent rows.
    select
        alert_id,
        next_start as since
    from lowest
    where place = 1
        -- a log may have no rows at weekends
        and (grain = 'day' or next_start = window_start + interval '1 hour')
        and likelier_so_far <= -1e6 * ln(20e0) * dispersion
        and likelier_in_all - likelier_so_far >= 1e6 * ln(20e0) * dispersion

)

select * from final
