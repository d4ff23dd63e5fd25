{#
    How late a log may be at this time of day, from the gaps that earlier runs found: the minutes
    from the last row that had arrived to the run. Runs of the last 28 days count, from two hours
    before the present time of day to half an hour after it. The second longest gap of these days is
    the usual one, so one bad day does not hide the next. A weekday on which every gap was far longer
    than on today's weekday (a weekend) says nothing about today. Rows of monitor and log; none where
    too few days are known.

    Earlier runs are those of this target: logs do not say when their rows became readable. Reads
    a relation of monitor, log, loaded_through. The gap that is open now is no history.
#}
{% macro usual_gap_rows(lags) %}
{%- set relation = model_monitor.built_relation('monitor_watermarks') -%}
{%- set as_of = model_monitor.as_of_timestamp() -%}
{%- set days_ago = 'cast(floor((minutes_ago + 30) / 1440e0) as integer)' -%}
{%- if relation is none -%}
select
    monitor,
    log,
    cast(null as {{ model_monitor.type_double() }}) as usual_gap_hours,
    cast(null as integer) as usual_gap_days
from {{ lags }}
where 1 = 0
{%- else -%}
select
    monitor,
    log,
    -- gaps are counted in minutes: a multiple of one or two of them says little
    greatest(max(case when place = 2 then gap_minutes end), {{ model_monitor.least_gap_minutes() }})
        / 60e0 as usual_gap_hours,
    cast(count(*) as integer) as usual_gap_days
from (
    select
        monitor,
        log,
        gap_minutes,
        all_day_count,
        same_weekday_count,
        row_number() over (partition by monitor, log order by gap_minutes desc, days_ago) as place
    from (
        select
            *,
            count(*) over (partition by monitor, log) as all_day_count,
            sum(case when weekday = 0 then 1 else 0 end) over (partition by monitor, log)
                as same_weekday_count,
            max(case when weekday = 0 then gap_minutes end) over (partition by monitor, log)
                as same_weekday_gap,
            min(gap_minutes) over (partition by monitor, log, weekday) as least_gap,
            count(*) over (partition by monitor, log, weekday) as weekday_count
        from (
            select
                monitor,
                log,
                {{ days_ago }} as days_ago,
                mod({{ days_ago }}, 7) as weekday,
                -- a run somewhat earlier in the day may have missed as much more
                max(gap_minutes) + greatest(min(minutes_ago - 1440 * {{ days_ago }}), 0)
                    as gap_minutes
            from (
                select
                    finished.monitor,
                    finished.log,
                    {{ dbt.datediff('finished.as_of', as_of, 'minute') }} as minutes_ago,
                    {{ dbt.datediff('finished.loaded_through', 'finished.as_of', 'minute') }}
                        as gap_minutes
                from {{ relation }} as finished
                inner join {{ lags }} as current_lags
                    on finished.monitor = current_lags.monitor
                    and finished.log = current_lags.log
                    and finished.loaded_through < current_lags.loaded_through
                where finished.as_of > {{ as_of }} - interval '29 days'
            ) as earlier_runs
            where minutes_ago - 1440 * {{ days_ago }} between -30 and 120
                and {{ days_ago }} between 1 and 28
            group by monitor, log, {{ days_ago }}
        ) as by_day
    ) as by_weekday
    where weekday = 0
        or weekday_count < 3
        or least_gap <= {{ model_monitor.late_factor() }}
            * greatest(same_weekday_gap, {{ model_monitor.least_gap_minutes() }})
) as counted
group by monitor, log
having count(*) >= 12
    and max(all_day_count) >= 20
    and max(same_weekday_count) >= 3
{%- endif -%}
{% endmacro %}

{# The shortest gap that counts as usual. #}
{% macro least_gap_minutes() %}
    {{- return(5) -}}
{% endmacro %}

{# How many times the usual gap is late: the default rule `late` says the same. #}
{% macro late_factor() %}
    {{- return(6) -}}
{% endmacro %}
