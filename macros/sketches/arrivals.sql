{#
    Rows of one log that arrived since the last finished run, by day. Rows that carry the very instant
    the last run read through are counted apart (tied): if there are more of them now than then, they
    came later. Without a loaded_at a row arrives when it happens, and `lateness` is read again.
#}
{% macro arrivals(monitor, log) %}
    {% set source = model_monitor.log_source(log) %}
    {% set plain = {'name': log.name, 'from': none, 'per': none, 'columns': log.columns, 'slices': []} %}
    {% set as_of = model_monitor.as_of_timestamp() %}
(
    with read_from as (

        select
            {% if log.columns.loaded_at is none %}
            {{ dbt.dateadd('second', -1 * monitor.limits.lateness, 'loaded_through') }} as loaded_through
            {% else %}
            loaded_through
            {% endif %}
        from last_run
        where monitor = {{ model_monitor.text_literal(monitor.name) }}
            and log = {{ model_monitor.text_literal(log.name) }}

    ),

    log_rows as (

        {{ model_monitor.log_rows(plain, [], source) }}

    ),

    new_rows as (

        select
            date_trunc('day', log_rows.event_time) as period_start,
            log_rows.event_time,
            log_rows.loaded_at,
            (select loaded_through from read_from) as read_through
        from log_rows
        where log_rows.loaded_at
            >= coalesce((select loaded_through from read_from), cast('0001-01-01' as timestamp))

    ),

    by_instant as (

        select
            period_start,
            loaded_at,
            count(*) as row_count,
            min(event_time) as first_event_time,
            case when loaded_at = read_through then 1 else 0 end as is_tied
        from new_rows
        group by period_start, loaded_at, read_through

    )

    select
        cast({{ model_monitor.text_literal(monitor.name) }} as {{ model_monitor.type_text() }}) as monitor,
        cast({{ model_monitor.text_literal(log.name) }} as {{ model_monitor.type_text() }}) as log,
        cast(period_start as timestamp) as period_start,
        cast(sum(case when is_tied = 0 then row_count else 0 end) as bigint) as new_row_count,
        cast(sum(case when is_tied = 1 then row_count else 0 end) as bigint) as tied_row_count,
        min(first_event_time) as first_event_time,
        max(loaded_at) as last_loaded_at,
        cast(sum(
            case when loaded_at = (select max(newest.loaded_at) from by_instant as newest)
                then row_count else 0 end
        ) as bigint) as last_loaded_row_count
    from by_instant
    group by period_start
)
{% endmacro %}
