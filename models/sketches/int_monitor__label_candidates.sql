{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['monitor', 'period_start'],
    meta={'replaced_by': 'int_monitor__touched_candidates'},
    on_schema_change='append_new_columns',
    full_refresh=false,
    post_hook="{{ model_monitor.write_label_candidates() }}"
) }}
{#- The least certain predictions without a label of each recent day, by slice. The statements of
    its hook write the rows, monitor by monitor. -#}
-- depends_on: {{ ref('model_monitor', 'int_monitor__touched_candidates') }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__outcome_watermarks') }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__vocabulary') }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__expiries') }}
-- depends_on: {{ ref('model_monitor', 'stg_monitor__thresholds') }}

{{ model_monitor.literal_rows(model_monitor.label_candidate_columns(), []) }}
