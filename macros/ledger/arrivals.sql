{#
    The rows of one log that arrived since the last finished run, by day. Rows with exactly the
    instant that the last run read through are counted separately (tied): if their number has grown,
    the additional rows arrived later. Without a loaded_at a row arrives when it happens, and
    `lateness` is read again.
#}
{% macro arrivals(monitor, log) %}
    {% set source = model_monitor.log_source(log) %}
    {% set plain = {'name': log.name, 'from': none, 'per': none, 'columns': log.columns, 'slices': []} %}
    {% set log_rows = model_monitor.log_rows(plain, [], source) %}
    {% set is_new = "log_rows.loaded_at >= coalesce("
        ~ "(select loaded_through from read_from), cast('0001-01-01' as timestamp))" %}
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

        {{ log_rows | indent(8) }}

    ),

    -- read once more: grouping the rows by instant instead would create a group for nearly every
    -- row
    newest as (

        select max(log_rows.loaded_at) as loaded_at
        from (
            {{ log_rows | indent(12) }}
        ) as log_rows
        where {{ is_new }}

    ),

    new_rows as (

        select
            date_trunc('day', log_rows.event_time) as period_start,
            log_rows.event_time,
            log_rows.loaded_at,
            case when log_rows.loaded_at = (select loaded_through from read_from) then 1 else 0 end
                as is_tied,
            case when log_rows.loaded_at = (select loaded_at from newest) then 1 else 0 end
                as is_newest
        from log_rows
        where {{ is_new }}

    )

    select
        cast({{ model_monitor.text_literal(monitor.name) }} as {{ model_monitor.type_text() }}) as monitor,
        cast({{ model_monitor.text_literal(log.name) }} as {{ model_monitor.type_text() }}) as log,
        cast(period_start as timestamp) as period_start,
        cast(sum(1 - is_tied) as bigint) as new_row_count,
        cast(sum(is_tied) as bigint) as tied_row_count,
        min(event_time) as first_event_time,
        max(event_time) as last_event_time,
        max(loaded_at) as last_loaded_at,
        cast(sum(is_newest) as bigint) as last_loaded_row_count
    from new_rows
    group by period_start
)
{% endmacro %}
