{#-
    The configuration in its normal form, as JSON: `dbt compile --select monitor_configuration`.
    `model-monitor doctor` reads it this way, because a node of this package sees the vars that a
    project gives it, and an inline query of somebody else's project does not.
-#}
{{- tojson(model_monitor.configuration()) -}}
