{#- Rows and other sums by day, over all rows and for every known slice value: a value that vanished
    counts as 0. The baseline is the same weekday of the last four weeks. By hour, over all rows
    alone, it is the same hour of that weekday. -#}
{{ model_monitor.view_model() }}
{%- set series = ['monitor', 'log', 'metric', 'window_name', 'slice_name', 'slice_value'] %}
{%- set keys = series + ['window_end'] -%}
{%- set slice = ['monitor', 'log', 'slice_name'] %}
{%- set period = ['monitor', 'log', 'metric', 'window_name', 'window_end'] %}

with windows as (

    select * from {{ ref('model_monitor', 'int_monitor__evaluated_windows') }}
    where window_name in ('hour', 'day')

),

scoped as (

    select * from {{ ref('model_monitor', 'int_monitor__scoped_signals') }}
    where family = 'volume'

),

vocabulary as (

    select
        {{ model_monitor.listed_columns('vocabulary', slice) }},
        vocabulary.slice_value
    from {{ ref('model_monitor', 'int_monitor__vocabulary') }} as vocabulary
    inner join {{ ref('model_monitor', 'int_monitor__evaluated_slices') }} as slices
        on {{ model_monitor.joined_on('vocabulary', 'slices', slice[:2]) }}
        and vocabulary.slice_name = slices.slice_name

    union all

    select
        monitor,
        log,
        '(all)' as slice_name,
        '(all)' as slice_value
    from {{ ref('model_monitor', 'int_monitor__logs') }}

),

metric_starts as (

    {{ model_monitor.metric_start_rows() | indent(4) }}

),

measured as (

    select
        {{ model_monitor.listed_columns('metrics', keys) }},
        metrics.window_start,
        metrics.value
    from {{ ref('model_monitor', 'monitor_metrics') }} as metrics
    inner join (
        select distinct monitor, log, subject from scoped
    ) as named
        on metrics.monitor = named.monitor
        and metrics.log = named.log
        and metrics.metric = named.subject
    left join metric_starts
        on {{ model_monitor.joined_on('metrics', 'metric_starts', ['monitor', 'log', 'metric']) }}
    where metrics.window_name in ('hour', 'day')
        and {{ model_monitor.is_since_start('metrics', 'metric_starts') }}
        and metrics.role = 'live'
        and metrics.model_version = '(all)'

),

-- all rows have a value for every counted period, so theirs are the existing periods
periods as (

    select {{ model_monitor.listed_columns('', period) }}
    from measured
    where slice_name = '(all)'

),

-- a combination without rows counts as 0; any other missing value stays unknown
cells as (

    select
        {{ model_monitor.listed_columns('periods', period) }},
        vocabulary.slice_name,
        vocabulary.slice_value,
        coalesce(measured.value, 0.0) as value
    from periods
    inner join vocabulary
        on periods.monitor = vocabulary.monitor
        and periods.log = vocabulary.log
        and (periods.window_name = 'day' or vocabulary.slice_name = '(all)')
    left join measured
        on {{ model_monitor.joined_on('periods', 'measured', period) }}
        and vocabulary.slice_name = measured.slice_name
        and vocabulary.slice_value = measured.slice_value
    inner join {{ ref('model_monitor', 'int_monitor__metric_definitions') }} as definitions
        on {{ model_monitor.joined_on('periods', 'definitions', ['monitor', 'log', 'metric']) }}
    where measured.value is not null
        or (definitions.is_count and position('+' in vocabulary.slice_name) > 0)

),

-- A log that is loaded once a day ends hours before its last load. Hours after the last row of a
-- day are left to freshness and to the volume of the day.
last_hours as (

    select
        monitor,
        log,
        metric,
        date_trunc('day', window_start) as day_start,
        max(window_end) as last_end
    from measured
    where window_name = 'hour'
        and slice_name = '(all)'
        and value > 0
    group by monitor, log, metric, date_trunc('day', window_start)

),

evaluated as (

    select cells.*
    from cells
    inner join windows
        on {{ model_monitor.joined_on(
            'cells', 'windows', ['monitor', 'log', 'window_name', 'window_end']
        ) }}
    left join last_hours
        on {{ model_monitor.joined_on('cells', 'last_hours', ['monitor', 'log', 'metric']) }}
        and date_trunc('day', cells.window_end - interval '1 hour') = last_hours.day_start
    where cells.window_name = 'day'
        or cells.window_end <= last_hours.last_end

),

history as (

    select
        {{ model_monitor.listed_columns('evaluated', keys) }},
        evaluated.value,
        cells.window_end as history_end,
        cells.value as history_value,
        {{ dbt.datediff('cells.window_end', 'evaluated.window_end', 'day') }} as days_ago
    from evaluated
    left join cells
        on {{ model_monitor.joined_on('evaluated', 'cells', series) }}
        and cells.window_end < evaluated.window_end
        and cells.window_end >= evaluated.window_end - interval '28 days'
        and extract(hour from cells.window_end) = extract(hour from evaluated.window_end)

),

weekdays as (

    select
        {{ model_monitor.listed_columns('history', keys) }},
        mod(days_ago, 7) as weekday,
        percentile_cont(0.5) within group (order by history_value) as usual
    from history
    where days_ago is not null
    group by {{ model_monitor.listed_columns('history', keys) }}, mod(days_ago, 7)

),

spreads as (

    select
        {{ model_monitor.listed_columns('history', keys) }},
        max(history.value) as value,
        count(history.history_end) as history_windows,
        min(history.history_value / nullif(weekdays.usual, 0)) as least_share,
        max(case when weekdays.weekday = 0 then weekdays.usual end) as usual,
        percentile_cont(0.5) within group (
            order by abs(history.history_value / nullif(weekdays.usual, 0) - 1)
        ) as spread,
        percentile_cont(0.9) within group (
            order by abs(history.history_value / nullif(weekdays.usual, 0) - 1)
        ) as wide_spread
    from history
    left join weekdays
        on {{ model_monitor.joined_on('history', 'weekdays', keys) }}
        and mod(history.days_ago, 7) = weekdays.weekday
    group by {{ model_monitor.listed_columns('history', keys) }}

),

-- Four days vary little around their own median: 1.5 corrects for it. Nine of ten days lie within
-- 1.645 deviations, unless traffic is bursty. The wider of the two scales counts.
scaled as (

    select
        *,
        usual * greatest(
            1.4826 * 1.5 * coalesce(spread, 0),
            1.5 * coalesce(wide_spread, 0) / 1.645,
            0.05,
            1.0 / nullif(sqrt(usual), 0)
        ) as scale
    from spreads

),

-- no rows at all is unusual, however bursty the traffic, if every earlier day had at least three
-- quarters of its normal rows: users who come with several rows leave small slices empty by chance
final as (

    select
        scaled.monitor,
        scaled.log,
        'live' as role,
        '(all)' as model_version,
        scoped.family,
        scoped.subject,
        scoped.metric,
        scoped.baseline,
        scaled.window_name,
        scaled.window_end - interval '1 hour' * case scaled.window_name
            when 'hour' then 1
            else 24
        end as window_start,
        scaled.window_end,
        scaled.slice_name,
        scaled.slice_value,
        scoped.layer,
        scoped.subject_kind,
        scoped.min_effect,
        {{ model_monitor.signal_columns({
            'value': 'scaled.value',
            'baseline_value': 'scaled.usual',
            'sample_size': 'case when scaled.metric = \'volume\' then scaled.value end',
            'baseline_sample_size': 'case when scaled.metric = \'volume\' then '
                ~ model_monitor.nearest_whole('scaled.usual') ~ ' end',
            'noise_floor': '0',
            'z': '(case when scaled.value = 0 and scaled.least_share >= 0.75 then -9.0'
                ~ ' else (scaled.value - scaled.usual) / nullif(scaled.scale, 0) end)',
            'history_mean': 'scaled.usual',
            'history_scale': 'scaled.scale',
            'history_windows': 'scaled.history_windows',
        }) }}
    from scaled
    inner join scoped
        on scaled.monitor = scoped.monitor
        and scaled.log = scoped.log
        and scaled.metric = scoped.subject
        and scaled.window_name = scoped.window_name

)

select * from final
