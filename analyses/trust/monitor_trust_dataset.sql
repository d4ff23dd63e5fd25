{#- Smallest and largest share of drifted subjects, by monitor, log, window length and verdict. -#}
{{ model_monitor.trust_dataset() }}
