{# Counts the log rows of the days that the last run counted, next to that run's own counts: one
    aggregate per log. It shares no code with the macros that count. It leaves out rows that arrived
    later, by their loaded_at. A log without loaded_at may have such rows on days that are still
    open. #}
{% macro trust_raw_rows() %}
with watermarks as (

    {{ model_monitor.latest_watermarks(ref('model_monitor', 'monitor_watermarks')) | indent(4) }}

),

touched as (

    select * from {{ ref('model_monitor', 'int_monitor__touched_periods') }}

),

raw_days as (

    {% for monitor in model_monitor.monitors() %}
    {% for log in monitor.logs if log.subjects %}
    {%- set found = model_monitor.log_columns(log) %}
    {%- set here = 'monitor = ' ~ model_monitor.text_literal(monitor.name)
        ~ ' and log = ' ~ model_monitor.text_literal(log.name) %}
    {%- set is_there = not execute
        or (found.status != 'missing_table' and log.columns.time | lower in found.columns) %}
    {%- set has_arrival = log.columns.loaded_at is not none
        and (not execute or log.columns.loaded_at | lower in found.columns) %}
    select
        {{ model_monitor.text_literal(monitor.name) }} as monitor,
        {{ model_monitor.text_literal(log.name) }} as log,
        {%- if is_there %}
        {%- set time = model_monitor.try_timestamp(
            adapter.quote(log.columns.time), found.columns.get(log.columns.time | lower, 'timestamp')
        ) | trim %}
        {%- set arrival = model_monitor.try_timestamp(
            adapter.quote(log.columns.loaded_at),
            found.columns.get(log.columns.loaded_at | lower, 'timestamp')
        ) | trim if has_arrival else time %}
        date_trunc('day', {{ time }}) as period_start,
        {%- if log['from'] is none %}
        count(*) as row_count,
        {%- else %}
        count(distinct {{ adapter.quote(log.per) }})
            + max(case when {{ adapter.quote(log.per) }} is null then 1 else 0 end) as row_count,
        {%- endif %}
        {%- if has_arrival %}
        sum(case when {{ arrival }} = (select loaded_through from watermarks where {{ here }})
            then 1 else 0 end) as tied_row_count,
        {%- else %}
        0 as tied_row_count,
        {%- endif %}
        {{ 'true' if has_arrival else 'false' }} as has_arrival,
        {{ monitor.limits.lateness }} as lateness_seconds
    from {{ model_monitor.relation(log.relation) }}
    where {{ time }} >= (select min(period_start) from touched where {{ here }})
        and {{ time }} < (select max(period_start) from touched where {{ here }}) + interval '1 day'
        and {{ arrival }} <= (
            select {{ 'loaded_through' if has_arrival else 'as_of' }} from watermarks where {{ here }}
        )
        {%- if log['where'] %}
        and ({{ model_monitor.read_expression(log['where'], found, true) }})
        {%- endif %}
    group by date_trunc('day', {{ time }})
        {%- else %}
        cast(null as timestamp) as period_start,
        0 as row_count,
        0 as tied_row_count,
        false as has_arrival,
        0 as lateness_seconds
    from (select 1 as nothing) as no_table
    where 1 = 0
        {%- endif %}
    union all
    {% endfor %}
    {% endfor %}
    select
        cast(null as {{ model_monitor.type_text() }}) as monitor,
        cast(null as {{ model_monitor.type_text() }}) as log,
        cast(null as timestamp) as period_start,
        0 as row_count,
        0 as tied_row_count,
        false as has_arrival,
        0 as lateness_seconds
    from (select 1 as nothing) as no_monitor
    where 1 = 0

),

subject_days as (

    select
        bins.monitor,
        bins.log,
        bins.period_start,
        bins.subject,
        sum(bins.row_count) as row_count
    from {{ ref('model_monitor', 'int_monitor__bins') }} as bins
    inner join touched
        on bins.monitor = touched.monitor
        and bins.log = touched.log
        and bins.period_start = touched.period_start
    where bins.bin = -9
        and bins.slice_name = '(all)'
        and bins.grain = 'day'
    group by bins.monitor, bins.log, bins.period_start, bins.subject

),

counted_days as (

    select
        monitor,
        log,
        period_start,
        min(row_count) as least_row_count,
        max(row_count) as largest_row_count
    from subject_days
    group by monitor, log, period_start

),

-- a log is not counted before its rulers are frozen
ruled as (

    select distinct
        monitor,
        log
    from {{ ref('model_monitor', 'int_monitor__ruler_subjects') }}

),

tied as (

    select
        monitor,
        log,
        sum(tied_row_count) as row_count
    from raw_days
    group by monitor, log

),

final as (

    select
        touched.monitor,
        touched.log,
        cast(touched.period_start as timestamp) as period_start,
        cast(coalesce(raw_days.row_count, 0) as bigint) as raw_row_count,
        cast(case
            when raw_days.row_count is null then 0
            -- these rows may have arrived after the run, at the very instant up to which it read
            when raw_days.has_arrival and tied.row_count > watermarks.tied_row_count
                then greatest(raw_days.row_count - raw_days.tied_row_count, 0)
            when not raw_days.has_arrival
                and touched.period_start + interval '1 day' > watermarks.loaded_through
                    - raw_days.lateness_seconds * interval '1 second'
                then 0
            else raw_days.row_count
        end as bigint) as settled_row_count,
        cast(coalesce(counted_days.least_row_count, 0) as bigint) as least_counted,
        cast(coalesce(counted_days.largest_row_count, 0) as bigint) as largest_counted
    from touched
    inner join watermarks
        on touched.monitor = watermarks.monitor
        and touched.log = watermarks.log
    inner join ruled
        on touched.monitor = ruled.monitor
        and touched.log = ruled.log
    left join raw_days
        on touched.monitor = raw_days.monitor
        and touched.log = raw_days.log
        and touched.period_start = raw_days.period_start
    left join counted_days
        on touched.monitor = counted_days.monitor
        and touched.log = counted_days.log
        and touched.period_start = counted_days.period_start
    left join tied
        on touched.monitor = tied.monitor
        and touched.log = tied.log

)

select * from final
{% endmacro %}
