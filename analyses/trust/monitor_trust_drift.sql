{#- Smallest and largest value of every statistic of each subject, baseline and status, and the
    number of nulls that the status does not explain. -#}
{{ model_monitor.trust_drift() }}
