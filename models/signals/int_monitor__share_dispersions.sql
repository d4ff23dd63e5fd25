{#- How much more than by chance a share moves within a week. Missing rows depend on whose rows they
    are, which the dispersion of the values does not show. -#}
{{ model_monitor.table_model() }}
{%- set window = ['monitor', 'log', 'window_name', 'window_end'] %}
{%- set share = ['subject', 'metric', 'slice_name'] %}

with windows as (

    select
        *,
        case when window_name = 'hour' then 'hour' else 'day' end as grain
    from {{ ref('model_monitor', 'int_monitor__evaluated_windows') }}

),

reaches as (

    select
        monitor,
        log,
        grain,
        min(window_end) - interval '28 days' as first_window_end
    from windows
    group by monitor, log, grain

),

metrics as (

    select distinct
        monitor,
        log,
        subject,
        metric,
        case when window_name = 'hour' then 'hour' else 'day' end as grain
    from {{ ref('model_monitor', 'int_monitor__scoped_signals') }}
    where family = 'quality'

),

shares as (

    select
        profiles.monitor,
        profiles.log,
        profiles.subject,
        metrics.metric,
        reaches.grain,
        profiles.window_end,
        profiles.slice_name,
        profiles.slice_value,
        profiles.row_count,
        {{ model_monitor.profile_measure('metrics.metric') }} as measure
    from {{ ref('model_monitor', 'monitor_profiles') }} as profiles
    inner join reaches
        on profiles.monitor = reaches.monitor
        and profiles.log = reaches.log
        and profiles.window_name = reaches.grain
        and profiles.window_end >= reaches.first_window_end
    inner join metrics
        on profiles.monitor = metrics.monitor
        and profiles.log = metrics.log
        and profiles.subject = metrics.subject
        and reaches.grain = metrics.grain
    where profiles.role = 'live'
        and profiles.model_version = '(all)'

),

-- a day with the same weekday a week before
paired as (

    select
        shares.*,
        earlier.measure as earlier_measure,
        1e0 / shares.row_count + 1e0 / earlier.row_count as per_row,
        (shares.measure * shares.row_count + earlier.measure * earlier.row_count)
        / (shares.row_count + earlier.row_count) as pooled
    from shares
    inner join shares as earlier
        on {{ model_monitor.joined_on('shares', 'earlier', [
            'monitor', 'log', 'subject', 'metric', 'grain', 'slice_name', 'slice_value',
        ]) }}
        and earlier.window_end = shares.window_end - interval '7 days'
    where shares.row_count > 0
        and earlier.row_count > 0

),

-- All values of a slice column together, because a few users of one value are not enough evidence.
-- A day without missing rows, now or a week before, has no chi² but counts as normal. Otherwise
-- only the days of an incident would count, and the incident would excuse itself.
summed as (

    select
        monitor,
        log,
        subject,
        metric,
        grain,
        window_end,
        slice_name,
        nullif(count(case when pooled > 0 and pooled < 1 then 1 end), 0) as df,
        {{ model_monitor.exact_sum(
            'case when pooled > 0 and pooled < 1 then'
            ~ ' power(measure - earlier_measure, 2) / (pooled * (1 - pooled) * per_row) end'
        ) }} as chi2
    from paired
    where pooled is not null
    group by monitor, log, subject, metric, grain, window_end, slice_name

),

moved as (

    select
        {{ model_monitor.listed_columns('windows', window) }},
        {{ model_monitor.listed_columns('summed', share) }},
        count(*) as day_count,
        greatest(1.0, percentile_cont(0.5) within group (
            order by coalesce(
                summed.chi2 / (summed.df * {{ model_monitor.chi2_median_factor('summed.df') }}), 1.0
            )
        )) as dispersion
    from windows
    inner join summed
        on windows.monitor = summed.monitor
        and windows.log = summed.log
        and windows.grain = summed.grain
        -- 21 days, so the week before each of them is within the four weeks too
        and summed.window_end >= windows.window_end - interval '21 days'
        and summed.window_end < windows.window_end
        and (
            windows.grain = 'day'
            or extract(hour from summed.window_end) = extract(hour from windows.window_end)
        )
    group by
        {{ model_monitor.listed_columns('windows', window) }},
        {{ model_monitor.listed_columns('summed', share) }}
    having count(summed.df) > 0

),

of_values as (

    {{ model_monitor.dispersion_rows(window + ['subject', 'slice_name']) }}

),

final as (

    select
        {{ model_monitor.listed_columns('moved', window + share) }},
        -- An incident pairs seven bad days with a good week: among fifteen days they are not the
        -- median. Until then the values of all rows say how much rows depend on each other.
        case when moved.day_count >= 15 then moved.dispersion else of_values.dispersion end
            as dispersion
    from moved
    left join of_values
        on {{ model_monitor.joined_on('moved', 'of_values', window + ['subject']) }}
        and of_values.slice_name = '(all)'
    where moved.day_count >= 15
        or of_values.dispersion is not null

)

select * from final
