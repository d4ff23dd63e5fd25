{{ model_monitor.history_model(strategy='append') }}
{#- Append-only. No build writes to it: `model-monitor ack`, `silence` and `triage` add rows. -#}
{{ model_monitor.literal_rows([
    ['act_id', model_monitor.type_text()],
    ['acted_at', 'timestamp'],
    ['author', model_monitor.type_text()],
    ['act', model_monitor.type_text()],
    ['alert_id', model_monitor.type_text()],
    ['monitor', model_monitor.type_text()],
    ['subject', model_monitor.type_text()],
    ['slice_name', model_monitor.type_text()],
    ['slice_value', model_monitor.type_text()],
    ['until', 'timestamp'],
    ['decision', model_monitor.type_text()],
    ['action', model_monitor.type_text()],
    ['reason', model_monitor.type_text()],
    ['root_cause', model_monitor.type_text()],
    ['prevention', model_monitor.type_text()],
], []) }}
