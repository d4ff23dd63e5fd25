{#- The metrics of each version on its training data, as known at as_of. -#}
{{ model_monitor.view_model() }}

{{ model_monitor.policy_as_of('version_metrics', ['monitor', 'model_version', 'metric'], [
    ['monitor', model_monitor.type_text()],
    ['model_version', model_monitor.type_text()],
    ['metric', model_monitor.type_text()],
    ['value', model_monitor.type_double()],
]) }}
