{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'period_start'],
    replaced_by='int_monitor__touched_entities',
    post_hook="{{ model_monitor.write_entities() }}"
) }}
{#- How often each entity was shown, per day and slice. The statements of its hook write the rows,
    monitor by monitor. -#}
-- depends_on: {{ ref('model_monitor', 'int_monitor__touched_entities') }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__vocabulary') }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__expiries') }}

{{ model_monitor.literal_rows(model_monitor.entity_columns(), []) }}
