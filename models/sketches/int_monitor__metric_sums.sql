{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'period_start'],
    replaced_by='int_monitor__touched_periods'
) }}
{#- Sums per period, slice and metric. The only model that reads the metrics of a log. -#}
-- depends_on: {{ ref('model_monitor', 'int_monitor__touched_periods') }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__vocabulary') }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__watermarks') }}

{% for monitor in model_monitor.monitors() %}
{% for log in monitor.logs %}
select * from {{ model_monitor.metric_sketch(monitor, log) }}
union all
{% endfor %}
{% endfor %}
{{ model_monitor.empty_metric_sums() }}
