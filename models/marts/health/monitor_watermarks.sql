{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='append_new_columns',
    full_refresh=false
) }}
{#- Written last: a run that died has no row here, and the next one does its work again. -#}
-- depends_on: {{ ref('model_monitor', 'int_monitor__reference_bins') }}
-- depends_on: {{ ref('model_monitor', 'monitor_profiles') }}
-- depends_on: {{ ref('model_monitor', 'monitor_dataset') }}
-- depends_on: {{ ref('model_monitor', 'monitor_metrics') }}
-- depends_on: {{ ref('model_monitor', 'monitor_alerts') }}
-- depends_on: {{ ref('model_monitor', 'monitor_rule_runs') }}

with watermarks as (

    select * from {{ ref('model_monitor', 'int_monitor__watermarks') }}

),

final as (

    select
        cast(
            {% if is_incremental() %}
            (select coalesce(max(run_number), 0) from {{ this }}) + 1
            {% else %}
            1
            {% endif %}
            as bigint
        ) as run_number,
        cast('{{ invocation_id }}' as {{ model_monitor.type_text() }}) as run_id,
        monitor,
        log,
        {{ model_monitor.as_of_timestamp() }} as as_of,
        cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as timestamp) as started_at,
        loaded_through,
        tied_row_count,
        complete_through,
        new_row_count
    from watermarks

)

select * from final
