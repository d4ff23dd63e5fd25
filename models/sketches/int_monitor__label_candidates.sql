{{ model_monitor.history_model(
    unique_key=['monitor', 'period_start'],
    replaced_by='int_monitor__touched_candidates',
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
