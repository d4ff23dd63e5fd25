{#- What the registry says of each version, as it was known at as_of. -#}

{{ model_monitor.policy_as_of('versions', ['monitor', 'model_version'], [
    ['monitor', model_monitor.type_text()],
    ['model_version', model_monitor.type_text()],
    ['trained_from', 'timestamp'],
    ['trained_to', 'timestamp'],
    ['deployed_at', 'timestamp'],
    ['stage', model_monitor.type_text()],
    ['threshold', model_monitor.type_double()],
    ['owner', model_monitor.type_text()],
]) }}
