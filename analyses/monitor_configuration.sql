{#-
    The normalized configuration as JSON: `dbt compile --select monitor_configuration`.
    `model-monitor doctor` reads it this way because a node of this package sees the vars of the
    project that installs it. An inline query in that project does not see them.
-#}
{{- tojson(model_monitor.configuration()) -}}
