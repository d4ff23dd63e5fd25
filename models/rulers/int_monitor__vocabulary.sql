{#- Append-only: the reported values of each slice, frozen with the rulers. `rebuild` adds the
    values that have become frequent since a given day. Existing values stay. -#}
{{ model_monitor.history_model(strategy='append') }}
{%- set rebuild = model_monitor.rebuild_request() %}
{%- set widens = model_monitor.has_history() and rebuild.slices | length > 0 %}

with slices as (

    select * from {{ ref('model_monitor', 'int_monitor__slices') }}

),

reference_windows as (

    select * from {{ ref('model_monitor', 'int_monitor__reference_windows') }}

),

-- slices without a vocabulary yet, and slices whose vocabulary grows in this run
asked as (

    select
        slices.monitor,
        slices.log,
        slices.slice_name,
        watermarks.previous_run_number + 1 as frozen_run,
        {{ 'frozen.monitor is not null' if model_monitor.has_history() else 'false' }} as is_widened
    from slices
    inner join {{ ref('model_monitor', 'int_monitor__watermarks') }} as watermarks
        on slices.monitor = watermarks.monitor
        and slices.log = watermarks.log
    inner join reference_windows
        on slices.monitor = reference_windows.monitor
        and slices.log = reference_windows.log
    {%- if model_monitor.has_history() %}
    left join (
        select distinct
            monitor,
            log,
            slice_name
        from {{ this }}
    ) as frozen
        on slices.monitor = frozen.monitor
        and slices.log = frozen.log
        and slices.slice_name = frozen.slice_name
    where (reference_windows.is_vocabulary_ready and frozen.monitor is null)
    {%- if widens %}
        or (
            frozen.monitor is not null
            and slices.slice_name in (
                {{ model_monitor.word_literals(model_monitor.widened_slices()) }}
            )
            {%- if rebuild.monitor is not none %}
            and slices.monitor = {{ model_monitor.text_literal(rebuild.monitor) }}
            {%- endif %}
        )
    {%- endif %}
    {%- else %}
    where reference_windows.is_vocabulary_ready
    {%- endif %}

),

slice_counts as (

    {% for monitor in model_monitor.monitors() %}
    {% for log in monitor.logs if log.slices %}
    select
        counts.*,
        false as is_widened
    from {{ model_monitor.slice_counts(
        monitor, log, model_monitor.vocabulary_rows(monitor, log), 'not is_widened'
    ) }} as counts
    union all
    {% if widens %}
    select
        counts.*,
        true as is_widened
    from {{ model_monitor.slice_counts(
        monitor, log, model_monitor.recent_vocabulary_rows(log, rebuild['from']), 'is_widened'
    ) }} as counts
    union all
    {% endif %}
    {% endfor %}
    {% endfor %}
    select
        cast(null as {{ model_monitor.type_text() }}) as monitor,
        cast(null as {{ model_monitor.type_text() }}) as log,
        cast(null as {{ model_monitor.type_text() }}) as slice_name,
        cast(null as {{ model_monitor.type_text() }}) as slice_value,
        cast(null as bigint) as row_count,
        false as is_widened
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
    inner join asked
        on slice_counts.monitor = asked.monitor
        and slice_counts.log = asked.log
        and slice_counts.slice_name = asked.slice_name
        and slice_counts.is_widened = asked.is_widened

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
        asked.frozen_run
    from ranked
    inner join asked
        on ranked.monitor = asked.monitor
        and ranked.log = asked.log
        and ranked.slice_name = asked.slice_name
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
    {%- if widens %}
        and (ranked.monitor, ranked.log, ranked.slice_name, ranked.slice_value) not in (
            select
                monitor,
                log,
                slice_name,
                slice_value
            from {{ this }}
        )
    {%- endif %}

)

select * from final
