{#- Append-only: the values a slice is reported by, frozen with the rulers. -#}
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='append_new_columns',
    full_refresh=false
) }}

with slices as (

    select * from {{ ref('model_monitor', 'int_monitor__slices') }}

),

reference_windows as (

    select * from {{ ref('model_monitor', 'int_monitor__reference_windows') }}

),

pending as (

    select
        slices.monitor,
        slices.log,
        slices.slice_name,
        watermarks.previous_run_number + 1 as frozen_run
    from slices
    inner join {{ ref('model_monitor', 'int_monitor__watermarks') }} as watermarks
        on slices.monitor = watermarks.monitor
        and slices.log = watermarks.log
    inner join reference_windows
        on slices.monitor = reference_windows.monitor
        and slices.log = reference_windows.log
    where reference_windows.is_vocabulary_ready
    {%- if is_incremental() %}
        and (slices.monitor, slices.log, slices.slice_name) not in (
            select
                monitor,
                log,
                slice_name
            from {{ this }}
        )
    {%- endif %}

),

slice_counts as (

    {% for monitor in model_monitor.monitors() %}
    {% for log in monitor.logs if log.slices %}
    select * from {{ model_monitor.slice_counts(monitor, log) }}
    union all
    {% endfor %}
    {% endfor %}
    select
        cast(null as {{ model_monitor.type_text() }}) as monitor,
        cast(null as {{ model_monitor.type_text() }}) as log,
        cast(null as {{ model_monitor.type_text() }}) as slice_name,
        cast(null as {{ model_monitor.type_text() }}) as slice_value,
        cast(null as bigint) as row_count
    from (select 1 as nothing) as no_monitor
    where 1 = 0

),

ranked as (

    select
        slice_counts.monitor,
        slice_counts.log,
        slice_counts.slice_name,
        slice_counts.slice_value,
        slice_counts.row_count,
        row_number() over (
            partition by slice_counts.monitor, slice_counts.log, slice_counts.slice_name
            order by
                slice_counts.row_count desc,
                {{ model_monitor.text_order('slice_counts.slice_value') }} asc
        ) as value_rank
    from slice_counts
    inner join pending
        on slice_counts.monitor = pending.monitor
        and slice_counts.log = pending.log
        and slice_counts.slice_name = pending.slice_name

),

final as (

    select
        ranked.monitor,
        ranked.log,
        ranked.slice_name,
        ranked.slice_value,
        cast(ranked.row_count as bigint) as reference_count,
        cast(ranked.value_rank as integer) as value_rank,
        {{ model_monitor.as_of_timestamp() }} as frozen_as_of,
        pending.frozen_run
    from ranked
    inner join pending
        on ranked.monitor = pending.monitor
        and ranked.log = pending.log
        and ranked.slice_name = pending.slice_name
    inner join slices
        on ranked.monitor = slices.monitor
        and ranked.log = slices.log
        and ranked.slice_name = slices.slice_name
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on ranked.monitor = monitors.monitor
    where ranked.value_rank <= case
        when slices.column_count = 1 then monitors.slice_values
        else monitors.combination_values
    end

)

select * from final
