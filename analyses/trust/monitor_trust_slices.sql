{#- The slices of a day whose row sum differs most from all rows. Only days are checked: a day
    is always counted completely, but a window of several days may be older than a slice that
    was configured later. -#}
{{ model_monitor.trust_slices() }}
