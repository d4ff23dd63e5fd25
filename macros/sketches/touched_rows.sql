{# What a sketch reads: the rows of a log from the first touched day on, or of its reference. #}
{% macro sketched_rows(monitor, log, subjects, kind) %}
    {% if kind == 'log' %}
        {{- model_monitor.touched_log_rows(log, subjects) -}}
    {% else %}
        {{- model_monitor.reference_rows(monitor, log, subjects) -}}
    {% endif %}
{% endmacro %}

{#
    The rows of a log from the first touched day on. A lower bound prunes what is read; an upper one too
    would make DuckDB expect no rows, and build its joins on the log instead of on the vocabulary
    (measured: four times slower).
#}
{% macro touched_log_rows(log, expressions) %}
    {{- model_monitor.log_rows(log, expressions, model_monitor.log_source(
        log, ["(select min(period_start) from touched)", none]
    )) -}}
{% endmacro %}

{# The types of what such rows read, which is asked where nothing is touched yet. #}
{% macro touched_value_types(rows, count) %}
    {{- return(model_monitor.value_types(
        'with touched as (select cast(null as timestamp) as period_start) ' ~ rows, count
    )) -}}
{% endmacro %}

{# The CTE touched of a sketch: days of a log, or one row if its reference is to be read. #}
{% macro touched_rows(monitor, log, kind) %}
    {%- set here = 'monitor = ' ~ model_monitor.text_literal(monitor.name)
        ~ ' and log = ' ~ model_monitor.text_literal(log.name) -%}
    {%- if kind == 'log' -%}
select period_start
from {{ ref('model_monitor', 'int_monitor__touched_periods') }}
where {{ here }}
    {%- else -%}
select true as is_touched
from {{ ref('model_monitor', 'int_monitor__touched_references') }}
where {{ here }}
    {%- endif -%}
{% endmacro %}

{% macro is_touched(kind) -%}
    {{ "date_trunc('day', event_time) in (select period_start from touched)" if kind == 'log'
        else 'exists (select 1 from touched)' }}
{%- endmacro %}
