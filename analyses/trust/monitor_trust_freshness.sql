{#- The last finished run of each log, and the age in hours of that run and of the last arrival. -#}
{{ model_monitor.trust_freshness() }}
