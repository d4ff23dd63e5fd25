{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'period_start'],
    replaced_by='int_monitor__touched_outcomes',
    post_hook="{{ model_monitor.write_proxies() }}"
) }}
{#- Long-term outcomes with their proxies, counted per day and slice. The statements of its hook
    write the rows, pair by pair. -#}
-- depends_on: {{ ref('model_monitor', 'int_monitor__touched_outcomes') }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__vocabulary') }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__expiries') }}

{{ model_monitor.literal_rows(model_monitor.proxy_columns(), []) }}
