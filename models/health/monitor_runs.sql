{#- A view, so it is correct while a run is under way and after a run was killed. -#}
{{ model_monitor.view_model('view') }}

with starts as (

    select * from {{ ref('model_monitor', 'int_monitor__run_starts') }}

),

finished as (

    select
        run_id,
        min(run_number) as run_number,
        min(as_of) as as_of,
        min(started_at) as started_at,
        max(finished_at) as finished_at,
        count(distinct monitor) as monitor_count,
        count(distinct case when evaluation <> 'evaluated' then monitor end)
            as not_evaluated_count,
        {{ model_monitor.joined_texts(
            "monitor || ' › ' || log || ': ' || problems", "evaluation <> 'evaluated'"
        ) }} as not_evaluated,
        sum(new_row_count) as new_row_count
    from {{ ref('model_monitor', 'monitor_watermarks') }}
    group by run_id

),

last_start as (

    select max(start_number) as start_number from starts

),

final as (

    select
        coalesce(starts.run_id, finished.run_id) as run_id,
        finished.run_number,
        coalesce(starts.as_of, finished.as_of) as as_of,
        coalesce(starts.started_at, finished.started_at) as started_at,
        finished.finished_at,
        cast(case
            when finished.run_id is not null then 'finished'
            when starts.monitor_count = 0 then 'nothing_to_do'
            when coalesce(starts.stored_shape, 0) <> {{ model_monitor.stored_shape() }}
                then 'superseded'
            when starts.start_number < last_start.start_number then 'unfinished'
            else 'started'
        end as {{ model_monitor.type_text() }}) as status,
        starts.config_hash,
        cast(coalesce(starts.monitor_count, finished.monitor_count) as integer) as monitor_count,
        starts.only_monitors,
        starts.rebuilt_from,
        cast(finished.not_evaluated_count as integer) as not_evaluated_count,
        cast(finished.not_evaluated as {{ model_monitor.type_text() }}) as not_evaluated,
        cast(finished.new_row_count as bigint) as new_row_count
    from starts
    cross join last_start
    full outer join finished
        on starts.run_id = finished.run_id

)

select * from final
