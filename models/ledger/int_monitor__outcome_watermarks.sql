{#- The progress of each outcome: how far labels have arrived, label windows have closed, and
    results are final. -#}
{{ model_monitor.table_model() }}

with outcomes as (

    select * from {{ ref('model_monitor', 'int_monitor__outcomes') }}

),

predictions as (

    select * from {{ ref('model_monitor', 'int_monitor__watermarks') }} where log = 'predictions'

),

arrivals as (

    select
        monitor,
        log,
        max(last_loaded_at) as last_loaded_at,
        sum(last_loaded_row_count) as last_loaded_row_count,
        sum(tied_row_count) as tied_row_count,
        sum(new_row_count) as new_row_count,
        sum(case when period_start is null then new_row_count else 0 end) as unknown_row_count
    from {{ ref('model_monitor', 'int_monitor__outcome_arrivals') }}
    group by monitor, log

),

last_run as (

    {{ model_monitor.last_finished_run() }}

),

-- a label in the prediction row arrives with the row
read_through as (

    select
        outcomes.monitor,
        outcomes.log,
        outcomes.outcome,
        monitors.lateness_seconds + outcomes.matures_seconds as clock_seconds,
        last_run.as_of as previous_as_of,
        last_run.complete_through as previous_final_through,
        last_run.tied_row_count as previous_tied_row_count,
        case
            when outcomes.in_row then predictions.loaded_through
            else coalesce(arrivals.last_loaded_at, last_run.loaded_through)
        end as loaded_through,
        coalesce(arrivals.last_loaded_row_count, last_run.tied_row_count, 0) as tied_row_count,
        coalesce(arrivals.tied_row_count, 0) as tied_rows_found,
        coalesce(arrivals.new_row_count, 0) as new_row_count,
        coalesce(arrivals.unknown_row_count, 0) as unknown_row_count
    from outcomes
    inner join predictions
        on outcomes.monitor = predictions.monitor
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on outcomes.monitor = monitors.monitor
    left join arrivals
        on outcomes.monitor = arrivals.monitor
        and outcomes.log = arrivals.log
    left join last_run
        on outcomes.monitor = last_run.monitor
        and outcomes.log = last_run.log

),

usual_gaps as (

    {{ model_monitor.usual_gap_rows('read_through') | indent(4) }}

),

final as (

    select
        read_through.monitor,
        read_through.log,
        outcome,
        loaded_through,
        cast(tied_row_count as bigint) as tied_row_count,
        cast(new_row_count as bigint) as new_row_count,
        cast(unknown_row_count as bigint) as unknown_row_count,
        coalesce(tied_rows_found <> previous_tied_row_count, false) as has_late_ties,
        previous_as_of - clock_seconds * interval '1 second' as previous_matured_through,
        {{ model_monitor.as_of_timestamp() }} - clock_seconds * interval '1 second'
            as matured_through,
        previous_final_through,
        case
            when loaded_through is not null
                then least({{ model_monitor.as_of_timestamp() }}, loaded_through)
                    - clock_seconds * interval '1 second'
        end as final_through,
        usual_gaps.usual_gap_hours,
        usual_gaps.usual_gap_days
    from read_through
    left join usual_gaps
        on read_through.monitor = usual_gaps.monitor
        and read_through.log = usual_gaps.log

)

select * from final
