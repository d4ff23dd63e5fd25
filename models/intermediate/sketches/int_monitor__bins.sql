{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['monitor', 'log', 'period_start'],
    meta={'replaced_by': 'int_monitor__touched_periods'},
    on_schema_change='append_new_columns',
    full_refresh=false
) }}
{#- Counts per period, slice, subject and bin. The one model that reads the subjects of a log. -#}
-- depends_on: {{ ref('model_monitor', 'int_monitor__touched_periods') }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__reference_windows') }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__watermarks') }}

{% for monitor in model_monitor.monitors() %}
{% for log in monitor.logs if log.subjects %}
select * from {{ model_monitor.bin_sketch(monitor, log, 'log') }}
union all
{% endfor %}
{% endfor %}
{{ model_monitor.empty_bins() }}
