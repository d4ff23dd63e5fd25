{#- What was changed or expected: the package's seed, and the relation named under policy:
    changes. -#}
{{ model_monitor.policy_rows('changes', [
    ['change_id', model_monitor.type_text()],
    ['monitor', model_monitor.type_text()],
    ['kind', model_monitor.type_text()],
    ['name', model_monitor.type_text()],
    ['model_version', model_monitor.type_text()],
    ['subject', model_monitor.type_text()],
    ['slice_name', model_monitor.type_text()],
    ['slice_value', model_monitor.type_text()],
    ['started_at', 'timestamp'],
    ['ended_at', 'timestamp'],
    ['recurs', model_monitor.type_text()],
    ['expected_effect', model_monitor.type_text()],
    ['description', model_monitor.type_text()],
]) }}
