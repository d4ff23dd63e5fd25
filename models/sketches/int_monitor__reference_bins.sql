{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['monitor', 'log'],
    meta={'replaced_by': 'int_monitor__touched_references'},
    on_schema_change='append_new_columns',
    full_refresh=false,
    post_hook="{{ model_monitor.write_bins('reference') }}"
) }}
{#- The counts of int_monitor__bins for the reference, taken when its rulers were frozen. -#}
-- depends_on: {{ ref('model_monitor', 'int_monitor__touched_references') }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__reference_windows') }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__watermarks') }}

{{ model_monitor.literal_rows(model_monitor.bin_columns(), []) }}
