{{ model_monitor.table_model() }}

with logs as (

    select * from {{ ref('model_monitor', 'int_monitor__logs') }}

),

monitors as (

    select * from {{ ref('model_monitor', 'int_monitor__monitors') }}

),

arrivals as (

    select
        monitor,
        log,
        max(last_loaded_at) as last_loaded_at,
        sum(last_loaded_row_count) as last_loaded_row_count,
        sum(tied_row_count) as tied_row_count,
        sum(new_row_count) as new_row_count
    from {{ ref('model_monitor', 'int_monitor__arrivals') }}
    group by monitor, log

),

last_run as (

    {{ model_monitor.last_finished_run() }}

),

starts as (

    select * from {{ ref('model_monitor', 'int_monitor__run_starts') }}

),

-- an interrupted rebuild may have counted days again, but not their windows
unfinished_rebuilds as (

    select
        logs.monitor,
        logs.log,
        min(cast(starts.rebuilt_from as timestamp)) as rebuilt_from
    from logs
    left join last_run
        on logs.monitor = last_run.monitor
        and logs.log = last_run.log
    left join starts as last_starts
        on last_run.run_id = last_starts.run_id
    inner join starts
        on starts.start_number > coalesce(last_starts.start_number, 0)
        and coalesce(starts.rebuilt_monitor, logs.monitor) = logs.monitor
    where starts.rebuilt_from is not null
        and starts.run_id <> '{{ invocation_id }}'
    group by logs.monitor, logs.log

),

read_through as (

    select
        logs.monitor,
        logs.log,
        last_run.as_of as previous_as_of,
        last_run.loaded_through as previous_loaded_through,
        last_run.tied_row_count as previous_tied_row_count,
        last_run.complete_through as previous_complete_through,
        coalesce(last_run.run_number, 0) as previous_run_number,
        coalesce(arrivals.last_loaded_at, last_run.loaded_through) as loaded_through,
        coalesce(arrivals.last_loaded_row_count, last_run.tied_row_count, 0) as tied_row_count,
        coalesce(arrivals.tied_row_count, 0) as tied_rows_found,
        coalesce(arrivals.new_row_count, 0) as new_row_count,
        monitors.lateness_seconds,
        unfinished_rebuilds.rebuilt_from as unfinished_rebuild_from
    from logs
    inner join monitors
        on logs.monitor = monitors.monitor
    left join arrivals
        on logs.monitor = arrivals.monitor
        and logs.log = arrivals.log
    left join last_run
        on logs.monitor = last_run.monitor
        and logs.log = last_run.log
    left join unfinished_rebuilds
        on logs.monitor = unfinished_rebuilds.monitor
        and logs.log = unfinished_rebuilds.log
    where {{ model_monitor.is_chosen('logs.monitor') }}

),

usual_gaps as (

    {{ model_monitor.usual_gap_rows('read_through') | indent(4) }}

),

final as (

    select
        read_through.monitor,
        read_through.log,
        previous_as_of,
        previous_loaded_through,
        previous_complete_through,
        cast(previous_run_number as bigint) as previous_run_number,
        loaded_through,
        cast(tied_row_count as bigint) as tied_row_count,
        cast(new_row_count as bigint) as new_row_count,
        unfinished_rebuild_from,
        coalesce(tied_rows_found <> previous_tied_row_count, false) as has_late_ties,
        least(
            {{ model_monitor.as_of_timestamp() }},
            loaded_through
        ) - lateness_seconds * interval '1 second' as complete_through,
        usual_gaps.usual_gap_hours,
        usual_gaps.usual_gap_days,
        case
            when previous_as_of > {{ model_monitor.as_of_timestamp() }}
                then {{ model_monitor.raise_error(
                    "'model_monitor: as_of is earlier than the last run of this target. "
                    ~ "Valid: a later instant, or an empty schema to replay into. Got: "
                    ~ model_monitor.as_of() ~ "'"
                ) }}
        end as as_of_check
    from read_through
    left join usual_gaps
        on read_through.monitor = usual_gaps.monitor
        and read_through.log = usual_gaps.log

)

select * from final
