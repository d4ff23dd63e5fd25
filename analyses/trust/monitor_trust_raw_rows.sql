{#- Counts the log rows of the days that the last run counted, next to that run's own counts: one
    aggregate per log. It shares no code with the macros that count. It leaves out rows that arrived
    later, by their loaded_at. A log without loaded_at may have such rows on days that are still
    open. -#}
{{ model_monitor.trust_raw_rows() }}
