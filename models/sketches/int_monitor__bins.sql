{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'period_start'],
    replaced_by='int_monitor__touched_periods',
    post_hook="{{ model_monitor.write_bins('log') }}"
) }}
{#- Counts per period, slice, subject and bin. The only model that reads the subjects of a log. The
    statements of its hook write the rows, log by log. -#}
-- depends_on: {{ ref('model_monitor', 'int_monitor__touched_periods') }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__reference_windows') }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__watermarks') }}

{{ model_monitor.literal_rows(model_monitor.bin_columns(), []) }}
