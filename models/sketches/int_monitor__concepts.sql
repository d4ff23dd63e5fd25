{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'period_start'],
    replaced_by='int_monitor__touched_outcomes',
    post_hook="{{ model_monitor.write_concepts() }}"
) }}
{#- Outcomes by feature value, counted per day. The statements of its hook write the rows,
    outcome by outcome. -#}
-- depends_on: {{ ref('model_monitor', 'int_monitor__touched_outcomes') }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__ruler_bins') }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__ruler_categories') }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__ruler_subjects') }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__vocabulary') }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__expiries') }}

{{ model_monitor.literal_rows(model_monitor.concept_columns(), []) }}
