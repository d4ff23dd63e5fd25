{#- Number of windows of each monitor, log and window length, next to the expected number from the
    first existing window to the last complete one. -#}
{{ model_monitor.trust_windows() }}
