{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['monitor', 'log', 'period_start'],
    meta={'replaced_by': 'int_monitor__touched_entities'},
    on_schema_change='append_new_columns',
    full_refresh=false,
    post_hook="{{ model_monitor.write_entities() }}"
) }}
{#- How often each entity was shown, per day and slice. The statements of its hook write the rows,
    monitor by monitor. -#}
-- depends_on: {{ ref('model_monitor', 'int_monitor__touched_entities') }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__vocabulary') }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__expiries') }}

{{ model_monitor.literal_rows(model_monitor.entity_columns(), []) }}
