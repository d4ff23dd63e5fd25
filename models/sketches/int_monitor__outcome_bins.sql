{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'period_start'],
    replaced_by='int_monitor__touched_outcomes',
    post_hook="{{ model_monitor.write_outcomes() }}"
) }}
{#- Predictions, scores and their outcomes, counted per day, slice and bin of the score. The
    statements of its hook write the rows, outcome by outcome. -#}
-- depends_on: {{ ref('model_monitor', 'int_monitor__touched_outcomes') }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__ruler_bins') }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__ruler_subjects') }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__vocabulary') }}
-- depends_on: {{ ref('model_monitor', 'stg_monitor__thresholds') }}

{{ model_monitor.literal_rows(model_monitor.outcome_columns(), []) }}
