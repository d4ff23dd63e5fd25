{#- The distributions whose shares are furthest from 1 in total, or whose rows differ
    from the profile. -#}
{{ model_monitor.trust_shares() }}
