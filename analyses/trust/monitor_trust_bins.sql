{#- Every bin with counted rows, next to the ruler that counted it. -#}
{{ model_monitor.trust_bins() }}
