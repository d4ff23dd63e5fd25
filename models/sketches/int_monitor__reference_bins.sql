{{ model_monitor.history_model(
    unique_key=['monitor', 'log'],
    replaced_by='int_monitor__touched_references',
    post_hook="{{ model_monitor.write_bins('reference') }}"
) }}
{#- The counts of int_monitor__bins for the reference, taken when its rulers were frozen. -#}
-- depends_on: {{ ref('model_monitor', 'int_monitor__touched_references') }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__reference_windows') }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__watermarks') }}

{{ model_monitor.literal_rows(model_monitor.bin_columns(), []) }}
