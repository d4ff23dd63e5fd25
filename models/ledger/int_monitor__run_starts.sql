{#- Append-only and written before any log is read. A run that died has a row here, and none
    in the watermarks. -#}
{{ model_monitor.history_model(
    strategy='append',
    pre_hook="{{ model_monitor.refuse_other_shape() }}"
) }}
{%- set only = model_monitor.only_monitors() %}
{%- set rebuild = model_monitor.rebuild_request() %}
{%- set monitors = model_monitor.chosen_monitors() %}
{%- set text = model_monitor.type_text() %}

with final as (

    select
        cast(
            {% if model_monitor.has_history() %}
            (select coalesce(max(start_number), 0) from {{ this }}) + 1
            {% else %}
            1
            {% endif %}
            as bigint
        ) as start_number,
        cast('{{ invocation_id }}' as {{ text }}) as run_id,
        {{ model_monitor.as_of_timestamp() }} as as_of,
        {{ model_monitor.run_started() }} as started_at,
        cast('{{ model_monitor.config_hash() }}' as {{ text }}) as config_hash,
        cast({{ monitors | length }} as integer) as monitor_count,
        cast(
            {{ model_monitor.text_literal(only | join(', ') if only else none) }} as {{ text }}
        ) as only_monitors,
        cast({{ model_monitor.text_literal(rebuild['from']) }} as {{ text }}) as rebuilt_from,
        cast({{ model_monitor.text_literal(rebuild['monitor']) }} as {{ text }}) as rebuilt_monitor,
        cast({{ model_monitor.stored_shape() }} as integer) as stored_shape
    from (select 1 as nothing) as one_row
    where {{ '1 = 0' if model_monitor.is_empty_run() else '1 = 1' }}

)

select * from final
