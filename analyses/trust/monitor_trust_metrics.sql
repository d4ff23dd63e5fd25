{#- The position of each metric in its interval, and the number of its nulls without a reason. -#}
{{ model_monitor.trust_metrics() }}
