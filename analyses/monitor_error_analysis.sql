{#-
    The queries of the report's error analysis as JSON, for `model-monitor report --error-analysis`.
    A node of this package sees the vars of the project that installs it.
-#}
{{- tojson(model_monitor.error_analysis()) -}}
