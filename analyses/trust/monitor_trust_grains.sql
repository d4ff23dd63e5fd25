{#- The keys that occur most often in each result table. Every table promises one row per key. -#}
{{ model_monitor.trust_grains() }}
