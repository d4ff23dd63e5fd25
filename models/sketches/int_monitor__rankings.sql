{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'period_start'],
    replaced_by='int_monitor__touched_outcomes',
    post_hook="{{ model_monitor.write_rankings() }}"
) }}
{#- Requests whose lists an outcome evaluates, counted per day and slice. The statements of its hook
    write the rows, outcome by outcome. -#}
-- depends_on: {{ ref('model_monitor', 'int_monitor__touched_outcomes') }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__vocabulary') }}

{{ model_monitor.literal_rows(model_monitor.ranking_columns(), []) }}
