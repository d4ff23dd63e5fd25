{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'period_start'],
    replaced_by='int_monitor__touched_periods',
    post_hook="{{ model_monitor.write_unseen_values() }}"
) }}
{#- The names of what int_monitor__bins counts as unseen, per day. The statements of its hook write
    the rows, log by log. -#}
-- depends_on: {{ ref('model_monitor', 'int_monitor__touched_periods') }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__bins') }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__ruler_categories') }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__ruler_subjects') }}

{{ model_monitor.literal_rows(model_monitor.unseen_value_columns(), []) }}
