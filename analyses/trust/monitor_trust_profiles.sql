{#- Smallest and largest value of every rate of each subject, and the smallest step from one
    quantile to the next, relative to their size. -#}
{{ model_monitor.trust_profiles() }}
