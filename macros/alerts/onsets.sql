{#
    The values of the hours in the window of each daily alert on single values or a metric, as a
    query. `is_share`: whether a value is a share of the rows.
#}
{% macro alert_hour_rows(alerts) -%}
{%- set series = ['monitor', 'log', 'model_version', 'slice_name', 'slice_value'] -%}
with profile_hours as (

    select
        alerts.alert_id,
        profiles.window_start,
        {{ model_monitor.profile_measure('alerts.metric') }} as value,
        profiles.row_count,
        alerts.family = 'quality' as is_share
    from {{ alerts }} as alerts
    inner join {{ ref('model_monitor', 'monitor_profiles') }} as profiles
        on {{ model_monitor.joined_on('alerts', 'profiles', series + ['subject']) }}
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
    from {{ alerts }} as alerts
    inner join {{ ref('model_monitor', 'monitor_metrics') }} as metrics
        on {{ model_monitor.joined_on('alerts', 'metrics', series) }}
        and alerts.subject = metrics.metric
        and metrics.window_start >= alerts.first_window_start
        and metrics.window_start < alerts.opened_at
    where alerts.window_name = 'day'
        and alerts.family = 'metrics'
        and metrics.window_name = 'hour'
        and metrics.role = 'live'

)

select * from profile_hours
where value is not null
union all
select * from metric_hours
where value is not null
{%- endmacro %}

{#
    The first of two consecutive hours that reach half of the effect of the alert's day, as a query:
    for alerts on values that are no shares. An hour that follows a gap in the data is no onset,
    unless the day begins with it.
#}
{% macro half_reached_rows(hours, sized) -%}
with reaching as (

    select
        hours.alert_id,
        hours.window_start,
        (hours.value - sized.usual_value) / nullif(sized.day_value - sized.usual_value, 0) >= 0.5
            as is_reached
    from {{ hours }} as hours
    inner join {{ sized }} as sized
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

)

select
    alert_id,
    window_start as since
from (
    select
        *,
        row_number() over (partition by alert_id order by window_start) as place
    from followed
    where is_reached
        and is_reached_next
) as first_hours
where place = 1
    and (was_reached_before is not null or window_start = date_trunc('day', window_start))
{%- endmacro %}

{#
    How much more likely the rows of each step make the distribution of the alert's window than that
    of the time before, as a query: a log-likelihood ratio in millionths (`likelier`). The steps are
    the hours of a day, compared with the week before, or the days of a longer window, compared with
    the window before it.
#}
{% macro moved_step_rows(alerts) -%}
with moved as (

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
    from {{ alerts }} as alerts
    inner join {{ ref('model_monitor', 'int_monitor__series') }} as series
        on {{ model_monitor.joined_on('alerts', 'series', [
            'monitor', 'log', 'subject', 'slice_name', 'slice_value'
        ]) }}
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

weights as (

    {{ model_monitor.bin_weight_rows('day_bins') | indent(4) }}

)

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
{%- endmacro %}

{#
    The weight of each bin of an alert, as a query over its `day_count` and `week_count`: how much
    more likely a row of that bin is in the window of the alert than before, in millionths of a
    logarithm.
#}
{% macro bin_weight_rows(day_bins) -%}
with totals as (

    select
        alert_id,
        ruler_version,
        -- add half a row to each bin, so no bin is impossible
        sum(day_count + 0.5e0) as day_total,
        sum(week_count + 0.5e0) as week_total
    from {{ day_bins }} as day_bins
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
    from {{ day_bins }} as day_bins

    union all

    select
        day_bins.alert_id,
        day_bins.ruler_version,
        ruler_bins.cell_bin as bin,
        sum(day_bins.day_count) as day_count,
        sum(day_bins.week_count) as week_count
    from {{ day_bins }} as day_bins
    inner join {{ ref('model_monitor', 'int_monitor__ruler_bins') }} as ruler_bins
        on day_bins.subject_id = ruler_bins.subject_id
        and day_bins.ruler_version = ruler_bins.ruler_version
        and day_bins.bin = ruler_bins.bin
    where day_bins.bin < 1000
        and ruler_bins.cell_bin >= 1000
    group by day_bins.alert_id, day_bins.ruler_version, ruler_bins.cell_bin

)

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
{%- endmacro %}

{#
    How much more likely the rows of each hour make the pace of the alert's day than the normal
    pace, as a query: a log-likelihood ratio in millionths (`likelier`), for alerts on row counts.
    The normal rows of an hour are its share of the normal day.
#}
{% macro paced_hour_rows(alerts) -%}
with volumes as (

    select
        alerts.*,
        alerts.first_value / alerts.first_baseline_value as pace,
        signals.history_scale * signals.history_scale / alerts.first_baseline_value as dispersion
    from {{ alerts }} as alerts
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
        on {{ model_monitor.joined_on('volumes', 'metrics', [
            'monitor', 'log', 'role', 'model_version', 'slice_name', 'slice_value'
        ]) }}
        and volumes.subject = metrics.metric
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

)

select
    alert_id,
    1.0 as dispersion,
    'hour' as grain,
    {{ dbt.dateadd('hour', 'hour_of_day', 'first_window_start') }} as window_start,
    cast({{ model_monitor.rounded(
        '1e6 * (value * ln(pace) - usual_value * (pace - 1)) / dispersion', 0
    ) }} as bigint) as likelier
from usual_hours
{%- endmacro %}

{#
    When the effect of each alert began to show, as a query: the end of the first of the windows
    that have shown at least half of it ever since. One small window between large ones is noise.
    If all windows are large, the effect began before the first one (is_always_large).
#}
{% macro first_shown_rows(alerts, around, directed) -%}
with shown as (

    select
        around.alert_id,
        around.window_end,
        case
            when (around.value - normals.normal_value)
                * sign(normals.first_value - normals.normal_value)
                < 0.5 * abs(normals.first_value - normals.normal_value) then 1
            else 0
        end as is_small
    from {{ around }} as around
    inner join (
        select
            alerts.alert_id,
            alerts.first_value,
            coalesce(alerts.usual_value, directed.long_before, 0.0) as normal_value
        from {{ alerts }} as alerts
        left join {{ directed }} as directed
            on alerts.alert_id = directed.alert_id
    ) as normals
        on around.alert_id = normals.alert_id
    where around.hours_since <= 0

),

smalls as (

    select
        alert_id,
        max(case when is_small = 1 and was_small = 1 then window_end end) as small_until
    from (
        select
            alert_id,
            window_end,
            is_small,
            lag(is_small, 1, 1) over (partition by alert_id order by window_end) as was_small
        from shown
    ) as followed
    group by alert_id

)

select
    shown.alert_id,
    min(shown.window_end) as begun_at,
    max(case when smalls.small_until is null then 1 else 0 end) = 1 as is_always_large
from shown
inner join smalls
    on shown.alert_id = smalls.alert_id
where shown.is_small = 0
    and (smalls.small_until is null or shown.window_end > smalls.small_until)
group by shown.alert_id
{%- endmacro %}

{#
    When the effect of each weekly or monthly alert showed last, as a query over the alerts whose
    days are evaluated too: the last day that showed half of it, or the last week that began after
    the alert opened and showed nearly all of it.
#}
{% macro last_shown_rows(alerts) -%}
{%- set of_its_days = model_monitor.signal_keys()
    | reject('in', ['window_name', 'baseline']) | list -%}
-- the last day of a week that showed half of the week's effect
with week_days as (

    select
        alerts.alert_id,
        count(distinct case when signals.window_end <= alerts.opened_at then signals.window_end end)
            as day_count,
        max(case
            when (signals.value - coalesce(alerts.usual_value, 0.0))
                * sign(alerts.current_value - coalesce(alerts.usual_value, 0.0))
                >= 0.5 * abs(alerts.current_value - coalesce(alerts.usual_value, 0.0))
                then signals.window_end
        end) as last_wrong
    from {{ alerts }} as alerts
    inner join {{ ref('model_monitor', 'monitor_signals') }} as signals
        on {{ model_monitor.joined_on('alerts', 'signals', of_its_days) }}
        and signals.window_name = 'day'
        and signals.window_end > alerts.first_window_start
        and signals.window_end <= alerts.last_seen_at
        -- A week compares with the week before, as each of its days does. Rules evaluate days
        -- against the week before more often than against the reference.
        and (
            signals.baseline = alerts.baseline
            or (signals.baseline = 'last_week' and alerts.baseline in ('previous', 'reference'))
        )
    where alerts.window_name in ('7d', '30d')
    group by alerts.alert_id

),

-- the weeks that began after the alert opened
own_weeks as (

    select
        alerts.alert_id,
        alerts.opened_at,
        signals.window_start,
        signals.window_end,
        abs(signals.value - coalesce(alerts.usual_value, 0.0)) as effect,
        max(abs(signals.value - coalesce(alerts.usual_value, 0.0)))
            over (partition by alerts.alert_id) as largest_effect
    from {{ alerts }} as alerts
    inner join {{ ref('model_monitor', 'monitor_signals') }} as signals
        on {{ model_monitor.joined_on('alerts', 'signals', model_monitor.signal_keys()) }}
        and signals.window_end >= alerts.opened_at
        and signals.window_end <= alerts.last_seen_at
    where alerts.window_name in ('7d', '30d')

),

full_weeks as (

    select
        alert_id,
        max(window_end) as last_full
    from own_weeks
    where window_start >= opened_at
        and effect >= 0.9 * largest_effect
    group by alert_id

)

select
    week_days.alert_id,
    -- the days of the first week that are evaluated too
    week_days.day_count,
    greatest(week_days.last_wrong, full_weeks.last_full) as last_shown_at
from week_days
left join full_weeks
    on week_days.alert_id = full_weeks.alert_id
{%- endmacro %}
