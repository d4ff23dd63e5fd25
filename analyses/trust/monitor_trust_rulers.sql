{#- Checks every ruler in one row: its bins are numbered without a gap, have a width, and contain
    all rows of the reference. -#}
{{ model_monitor.trust_rulers() }}
