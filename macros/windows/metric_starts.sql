{#
    Since when metrics have been counted as they are defined now; only those that were defined
    otherwise before. Values from before are of another metric by the same name: they are no history.
#}
{% macro metric_start_rows() -%}
select
    sums.monitor,
    sums.log,
    sums.metric,
    max(sums.period_start) + interval '1 day' as starts_at
from {{ ref('model_monitor', 'int_monitor__metric_sums') }} as sums
inner join {{ ref('model_monitor', 'int_monitor__metric_definitions') }} as definitions
    on sums.monitor = definitions.monitor
    and sums.log = definitions.log
    and sums.metric = definitions.metric
    and sums.definition <> definitions.definition
-- each counted day has one such row
where sums.grain = 'day'
    and sums.slice_name = '(all)'
    and sums.model_version = '(all)'
group by sums.monitor, sums.log, sums.metric
{%- endmacro %}

{# Whether a signal is of its metric as it is defined now. `starts` is left joined to it. #}
{% macro is_since_start(signals, starts) -%}
({{ starts }}.starts_at is null or {{ signals }}.window_start >= {{ starts }}.starts_at)
{%- endmacro %}
