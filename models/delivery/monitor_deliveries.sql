{{ model_monitor.history_model(strategy='append') }}
{#- Append-only. No build writes to it: `model-monitor notify` adds every attempt. -#}
{{ model_monitor.literal_rows([
    ['transition_id', model_monitor.type_text()],
    ['contact_id', model_monitor.type_text()],
    ['channel', model_monitor.type_text()],
    ['attempted_at', 'timestamp'],
    ['status', model_monitor.type_text()],
    ['attempts', 'integer'],
    ['detail', model_monitor.type_text()],
    ['not_before', 'timestamp'],
    ['thread_id', model_monitor.type_text()],
], []) }}
