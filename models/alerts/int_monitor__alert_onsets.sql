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
{%- set series = ['monitor', 'log', 'subject', 'slice_name', 'slice_value'] %}

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

profile_hours as (

    select
        alerts.alert_id,
        profiles.window_start,
        {{ model_monitor.profile_measure('alerts.metric') }} as value,
        profiles.row_count,
        alerts.family = 'quality' as is_share
    from alerts
    inner join {{ ref('model_monitor', 'monitor_profiles') }} as profiles
        on alerts.monitor = profiles.monitor
        and alerts.log = profiles.log
        and alerts.model_version = profiles.model_version
        and alerts.subject = profiles.subject
        and alerts.slice_name = profiles.slice_name
        and alerts.slice_value = profiles.slice_value
        and profiles.window_start >= alerts.first_window_start
        and profiles.window_start < alerts.opened_at
    where alerts.window_name = 'day'
        and alerts.family in ('quality', 'metrics', 'sla')
        and profiles.window_name = 'hour'
        and profiles.role = 'live'

),

metric_hours as (

    select
        alerts.alert_id,
        metrics.window_start,
        metrics.value,
        metrics.row_count,
        metrics.denominator = metrics.row_count
        and metrics.numerator = floor(metrics.numerator) as is_share
    from alerts
    inner join {{ ref('model_monitor', 'monitor_metrics') }} as metrics
        on alerts.monitor = metrics.monitor
        and alerts.log = metrics.log
        and alerts.model_version = metrics.model_version
        and alerts.subject = metrics.metric
        and alerts.slice_name = metrics.slice_name
        and alerts.slice_value = metrics.slice_value
        and metrics.window_start >= alerts.first_window_start
        and metrics.window_start < alerts.opened_at
    where alerts.window_name = 'day'
        and alerts.family = 'metrics'
        and metrics.window_name = 'hour'
        and metrics.role = 'live'

),

hours as (

    select * from profile_hours
    where value is not null
    union all
    select * from metric_hours
    where value is not null

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

reaching as (

    select
        hours.alert_id,
        hours.window_start,
        (hours.value - sized.usual_value) / nullif(sized.day_value - sized.usual_value, 0) >= 0.5
            as is_reached
    from hours
    inner join sized
        on hours.alert_id = sized.alert_id
    where not sized.is_share

),

followed as (

    select
        *,
        lead(is_reached, 1, true) over (
            partition by alert_id order by window_start
        ) as is_reached_next,
        case
            when lag(window_start) over (partition by alert_id order by window_start)
                = window_start - interval '1 hour'
                then lag(is_reached) over (partition by alert_id order by window_start)
        end as was_reached_before
    from reaching

),

first_hours as (

    select
        *,
        row_number() over (partition by alert_id order by window_start) as place
    from followed
    where is_reached
        and is_reached_next

),

moved as (

    select
        alerts.alert_id,
        alerts.role,
        alerts.model_version,
        alerts.first_window_start,
        alerts.opened_at,
        series.monitor,
        series.log,
        series.series_id,
        series.subject_id,
        alerts.row_dispersion as dispersion,
        case alerts.window_name when 'day' then 'hour' else 'day' end as grain,
        case alerts.window_name when '7d' then 7 when '30d' then 30 else 0 end as days_before
    from alerts
    inner join {{ ref('model_monitor', 'int_monitor__series') }} as series
        on {{ model_monitor.joined_on('alerts', 'series', series) }}
    where alerts.family in ('drift', 'tail')
        or (alerts.window_name <> 'day' and alerts.family = 'quality')

),

-- The hours of a day, or the days of a longer window and of the window before it. Count first, then
-- weigh: otherwise the engine may multiply all hours by the weights of every alert.
steps as (

    select
        moved.alert_id,
        moved.dispersion,
        moved.subject_id,
        moved.grain,
        bins.period_time,
        bins.ruler_version,
        bins.bin,
        bins.period_time >= moved.first_window_start as is_of_window,
        sum(bins.row_count) as row_count
    from moved
    inner join {{ ref('model_monitor', 'int_monitor__bins') }} as bins
        on moved.monitor = bins.monitor
        and moved.log = bins.log
        and moved.series_id = bins.series_id
        and moved.role = bins.role
        and moved.model_version in ('(all)', bins.model_version)
        and moved.grain = bins.grain
        and bins.period_time >= moved.first_window_start - moved.days_before * interval '1 day'
        and bins.period_time < moved.opened_at
    group by
        moved.alert_id, moved.dispersion, moved.subject_id, moved.grain, moved.first_window_start,
        bins.period_time, bins.ruler_version, bins.bin

),

day_bins as (

    select
        moved.alert_id,
        moved.subject_id,
        bins.ruler_version,
        bins.bin,
        sum(case when bins.window_start = moved.first_window_start
            then bins.row_count else 0 end) as day_count,
        sum(case when bins.window_start < moved.first_window_start
            then bins.row_count else 0 end) as week_count
    from moved
    inner join {{ ref('model_monitor', 'int_monitor__window_bins') }} as bins
        on moved.monitor = bins.monitor
        and moved.log = bins.log
        and moved.series_id = bins.series_id
        and moved.role = bins.role
        and moved.model_version = bins.model_version
        and bins.window_name = 'day'
        and bins.window_start >= moved.first_window_start - interval '7 days'
        and bins.window_start <= moved.first_window_start
    where moved.grain = 'hour'
    group by moved.alert_id, moved.subject_id, bins.ruler_version, bins.bin

    union all

    select
        alert_id,
        subject_id,
        ruler_version,
        bin,
        sum(case when is_of_window then row_count else 0 end) as day_count,
        sum(case when is_of_window then 0 else row_count end) as week_count
    from steps
    where grain = 'day'
    group by alert_id, subject_id, ruler_version, bin

),

totals as (

    select
        alert_id,
        ruler_version,
        -- add half a row to each bin, so no bin is impossible
        sum(day_count + 0.5e0) as day_total,
        sum(week_count + 0.5e0) as week_total
    from day_bins
    group by alert_id, ruler_version
    having sum(day_count) > 0
        and sum(week_count) > 0

),

-- hours are stored in fine bins or in the cells that contain them
hour_bins as (

    select
        alert_id,
        ruler_version,
        bin,
        day_count,
        week_count
    from day_bins

    union all

    select
        day_bins.alert_id,
        day_bins.ruler_version,
        ruler_bins.cell_bin as bin,
        sum(day_bins.day_count) as day_count,
        sum(day_bins.week_count) as week_count
    from day_bins
    inner join {{ ref('model_monitor', 'int_monitor__ruler_bins') }} as ruler_bins
        on day_bins.subject_id = ruler_bins.subject_id
        and day_bins.ruler_version = ruler_bins.ruler_version
        and day_bins.bin = ruler_bins.bin
    where day_bins.bin < 1000
        and ruler_bins.cell_bin >= 1000
    group by day_bins.alert_id, day_bins.ruler_version, ruler_bins.cell_bin

),

weights as (

    select
        hour_bins.alert_id,
        hour_bins.ruler_version,
        hour_bins.bin,
        -- whole millionths: their sum does not depend on the order of the rows
        cast({{ model_monitor.rounded(
            '1e6 * ln((hour_bins.day_count + 0.5e0) / totals.day_total'
            ~ ' * totals.week_total / (hour_bins.week_count + 0.5e0))', 0
        ) }} as bigint) as weight
    from hour_bins
    inner join totals
        on hour_bins.alert_id = totals.alert_id
        and hour_bins.ruler_version = totals.ruler_version

),

moved_hours as (

    select
        steps.alert_id,
        steps.dispersion,
        steps.grain,
        steps.period_time as window_start,
        cast(sum(steps.row_count * weights.weight) as bigint) as likelier
    from steps
    inner join weights
        on steps.alert_id = weights.alert_id
        and steps.ruler_version = weights.ruler_version
        and steps.bin = weights.bin
    where steps.is_of_window
    group by steps.alert_id, steps.dispersion, steps.grain, steps.period_time

),

volumes as (

    select
        alerts.*,
        alerts.first_value / alerts.first_baseline_value as pace,
        signals.history_scale * signals.history_scale / alerts.first_baseline_value as dispersion
    from alerts
    inner join {{ ref('model_monitor', 'monitor_signals') }} as signals
        on {{ model_monitor.joined_on('alerts', 'signals', model_monitor.signal_keys()) }}
        and alerts.first_window_start = signals.window_start
    where alerts.window_name = 'day'
        and alerts.family = 'volume'
        and alerts.first_value >= 0
        and alerts.first_baseline_value > 0
        and signals.history_scale > 0

),

-- an hour without rows is known from the same weekday of the last four weeks
volume_hours as (

    select
        volumes.alert_id,
        volumes.first_window_start,
        volumes.first_baseline_value,
        volumes.dispersion,
        -- a pace of zero would make a single row impossible
        greatest(volumes.pace, 0.01) as pace,
        extract(hour from metrics.window_start) as hour_of_day,
        sum(
            case when metrics.window_start >= volumes.first_window_start
                then metrics.value else 0 end
        ) as value,
        sum(
            case when metrics.window_start < volumes.first_window_start
                then metrics.value else 0 end
        ) as past_value
    from volumes
    inner join {{ ref('model_monitor', 'monitor_metrics') }} as metrics
        on volumes.monitor = metrics.monitor
        and volumes.log = metrics.log
        and volumes.role = metrics.role
        and volumes.model_version = metrics.model_version
        and volumes.subject = metrics.metric
        and volumes.slice_name = metrics.slice_name
        and volumes.slice_value = metrics.slice_value
        and metrics.window_name = 'hour'
        and metrics.window_start >= volumes.first_window_start - interval '28 days'
        and metrics.window_start < volumes.first_window_start + interval '1 day'
        and mod({{ dbt.datediff('metrics.window_start', 'volumes.first_window_start', 'day') }}, 7)
        = 0
    group by
        volumes.alert_id, volumes.first_window_start, volumes.first_baseline_value,
        volumes.dispersion, volumes.pace, extract(hour from metrics.window_start)

),

usual_hours as (

    select
        *,
        past_value / nullif(sum(past_value) over (partition by alert_id), 0)
        * first_baseline_value as usual_value
    from volume_hours

),

paced_hours as (

    select
        alert_id,
        1.0 as dispersion,
        'hour' as grain,
        {{ dbt.dateadd('hour', 'hour_of_day', 'first_window_start') }} as window_start,
        cast({{ model_monitor.rounded(
            '1e6 * (value * ln(pace) - usual_value * (pace - 1)) / dispersion', 0
        ) }} as bigint) as likelier
    from usual_hours

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

    select
        alert_id,
        window_start as since
    from first_hours
    where place = 1
        and (was_reached_before is not null or window_start = date_trunc('day', window_start))

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
