{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['monitor', 'log'],
    meta={'replaced_by': 'int_monitor__touched_references'},
    on_schema_change='append_new_columns',
    full_refresh=false
) }}
{#- The same counts for what the rulers were frozen from, counted when they were frozen. -#}
-- depends_on: {{ ref('model_monitor', 'int_monitor__touched_references') }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__reference_windows') }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__watermarks') }}

{% for monitor in model_monitor.monitors() %}
{% for log in monitor.logs if log.subjects %}
select * from {{ model_monitor.bin_sketch(monitor, log, 'reference') }}
union all
{% endfor %}
{% endfor %}
{{ model_monitor.empty_bins() }}
