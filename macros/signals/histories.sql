{#
    The windows of `signals` that follow an experiment of most of four weeks. Treated rows are their
    only history, unless the untreated ones are measured separately. A monitor without an experiment
    has no such windows.
#}
{% macro long_treated_rows(signals) -%}
select
    ends.monitor,
    ends.log,
    ends.window_start,
    ends.window_end
from (
    select distinct
        monitor,
        log,
        window_name,
        window_start,
        window_end
    from {{ signals }}
    where monitor in (select treated_windows.monitor from treated_windows)
) as ends
inner join treated_windows
    on ends.monitor = treated_windows.monitor
    and ends.log = treated_windows.log
    and treated_windows.window_end < ends.window_end
    and treated_windows.window_end >= ends.window_end - interval '28 days'
    and {{ dbt.datediff('treated_windows.window_start', 'treated_windows.window_end', 'hour') }}
    = {{ dbt.datediff('ends.window_start', 'ends.window_end', 'hour') }}
    and (
        ends.window_name <> 'hour'
        or extract(hour from treated_windows.window_start)
        = extract(hour from ends.window_start)
    )
group by ends.monitor, ends.log, ends.window_start, ends.window_end
having count(*) > 14
{%- endmacro %}

{#
    What is normal for a signal at its time of the week: the median of the same weekday, or hour of
    the week, of the four weeks before. `signals` are the signals, `past` the values of their
    series, and `long_treated` the windows whose treated rows count. `key` identifies a signal.

    The spread comes from the differences between two weeks, plus the uncertainty of a median of so
    few weeks. It is 1.349 deviations, like an interquartile range.
#}
{% macro seasonal_history_rows(signals, past, key) -%}
{%- set window = ['monitor', 'log', 'window_start', 'window_end'] -%}
with seasons as (

    select
        {{ model_monitor.listed_columns('fresh', key) }},
        past.model_version = fresh.model_version as is_own,
        past.value,
        mod({{ dbt.datediff('past.window_end', 'fresh.window_end', 'day') }}, 7) = 0 as is_same,
        abs(past.value - a_week_before.value) as step
    from {{ signals }} as fresh
    inner join {{ past }} as past
        on fresh.series_number = past.series_number
        and past.baseline = 'history'
        and past.window_end < fresh.window_end
        and past.window_end >= fresh.window_end - interval '28 days'
        and (
            fresh.window_name <> 'hour'
            or extract(hour from past.window_start) = extract(hour from fresh.window_start)
        )
    left join long_treated
        on {{ model_monitor.joined_on('fresh', 'long_treated', window) }}
    left join {{ past }} as a_week_before
        on {{ model_monitor.joined_on(
            'past', 'a_week_before', ['series_number', 'baseline', 'model_version']
        ) }}
        and past.window_end = a_week_before.window_end + interval '7 days'
        and (not a_week_before.is_treated or long_treated.monitor is not null)
    where fresh.family in ({{ model_monitor.word_literals(model_monitor.seasonal_families()) }})
        and fresh.baseline = 'seasonal'
        and past.model_version in (fresh.model_version, '(all)')
        and (not past.is_treated or long_treated.monitor is not null)

)

select
    {{ model_monitor.listed_columns('', key) }},
    is_own,
    count(*) as history_windows,
    percentile_cont(0.5) within group (order by case when is_same then value end) as middle,
    1.349 / 0.6745 / sqrt(2.0) * percentile_cont(0.5) within group (order by step)
    * sqrt(1 + 1.5708 / nullif(count(case when is_same then 1 end), 0)) as spread,
    cast(null as {{ model_monitor.type_double() }}) as weekday_middle
from seasons
group by {{ model_monitor.listed_columns('', key) }}, is_own
{%- endmacro %}

{#
    What is normal for a signal: the median of its last four weeks, of the version itself and of all
    versions for a new version. The arguments are those of seasonal_history_rows. A month shares
    most of its rows with the months that end soon before it, so these do not count.
#}
{% macro recent_history_rows(signals, past, key) -%}
{%- set window = ['monitor', 'log', 'window_start', 'window_end'] -%}
{%- set past_value = "case when past.family = 'drift' then " ~ model_monitor.cube_root('past.value')
    ~ ' else past.value end' -%}
{%- set of_weekday = "case when signals.window_name = 'day' and past.family <> 'drift'"
    ~ " and mod(" ~ dbt.datediff('past.window_end', 'signals.window_end', 'day')
    ~ ", 7) = 0 then past.value end" -%}
{%- set history_lag = "case when signals.window_name = '30d' then 14 else 0 end"
    ~ " * interval '1 day'" -%}
select
    {{ model_monitor.listed_columns('signals', key) }},
    past.model_version = signals.model_version as is_own,
    count(*) as history_windows,
    percentile_cont(0.5) within group (order by {{ past_value }}) as middle,
    percentile_cont(0.75) within group (order by {{ past_value }})
    - percentile_cont(0.25) within group (order by {{ past_value }}) as spread,
    -- a weekly pattern is no news after two weeks
    case when count({{ of_weekday }}) >= 2
        then percentile_cont(0.5) within group (order by {{ of_weekday }})
    end as weekday_middle
from {{ signals }} as signals
inner join {{ past }} as past
    on signals.series_number = past.series_number
    and signals.baseline = past.baseline
    and past.window_end < signals.window_end - {{ history_lag }}
    and past.window_end >= signals.window_end - interval '28 days' - {{ history_lag }}
    and (
        signals.window_name <> 'hour'
        or extract(hour from past.window_start) = extract(hour from signals.window_start)
    )
left join long_treated
    on {{ model_monitor.joined_on('signals', 'long_treated', window) }}
where past.model_version in (signals.model_version, '(all)')
    and (not past.is_treated or long_treated.monitor is not null)
group by
    {{ model_monitor.listed_columns('signals', key) }},
    past.model_version = signals.model_version
{%- endmacro %}
