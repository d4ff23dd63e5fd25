{# The rows that a sketch reads: those of a log from the first touched day on, or of its reference. #}
{% macro sketched_rows(monitor, log, subjects, kind) %}
    {% if kind == 'log' %}
        {{- model_monitor.touched_log_rows(log, subjects) -}}
    {% else %}
        {{- model_monitor.reference_rows(monitor, log, subjects) -}}
    {% endif %}
{% endmacro %}

{#
    The days that this run counts again, queried when a statement is written: {first, last, is_all},
    as dates and whether every day between is included; none if there are none. A year without four
    digits is left to the query. As literals the days prune the rows to read, and the engine knows
    how many to expect. For a subquery DuckDB expects hardly any rows, and builds its join tables
    from the log (measured: 2.4 times slower).

        touched    the model of the touched periods
        condition  selects its rows
#}
{% macro touched_days(touched, condition) %}
    {% set relation = ref('model_monitor', touched) %}
    {% if not execute %}{{ return({}) }}{% endif %}
    {% set text = model_monitor.type_text() %}
    {% set found = run_query(
        'select cast(min(period_start) as ' ~ text ~ ') as first_day, cast(max(period_start) as ' ~ text
        ~ ') as last_day, count(distinct period_start) as day_count from ' ~ relation
        ~ ' as touched where ' ~ condition
    ).rows[0] %}
    {% if not found[2] %}{{ return(none) }}{% endif %}
    {% set days = [] %}
    {% for day in [found[0], found[1]] if modules.re.match('(?!0000)[0-9]{4}-[0-9]{2}-[0-9]{2}( 00:00:00)?$', day) %}
        {% do days.append(modules.datetime.date.fromisoformat(day[:10])) %}
    {% endfor %}
    {{ return({} if days | length < 2 else {
        'first': days[0], 'last': days[1], 'is_all': (days[1] - days[0]).days + 1 == found[2] | int,
    }) }}
{% endmacro %}

{# The monitor whose predictions carry the days to count again; none if there are no such days. #}
{% macro with_touched_days(monitor, touched, condition) %}
    {% set days = model_monitor.touched_days(touched, condition) %}
    {% set predictions = dict(monitor.logs[0], days=days) %}
    {{ return(none if days is none else dict(monitor, logs=[predictions] + monitor.logs[1:])) }}
{% endmacro %}

{# A condition that selects the rows of a log. #}
{% macro of_log(monitor, log_name) -%}
monitor = {{ model_monitor.text_literal(monitor.name) }} and log = {{ model_monitor.text_literal(log_name) }}
{%- endmacro %}

{# A condition that selects the counted rows of a monitor. #}
{% macro is_counted_of(monitor) -%}
is_counted and monitor = {{ model_monitor.text_literal(monitor.name) }}
{%- endmacro %}

{# The rows of a log from the first touched day on, through the last if the statement knows its days. #}
{% macro touched_log_rows(log, expressions) %}
    {% set bounds = ["(select min(period_start) from touched)", none] %}
    {% if log.days %}
        {% set bounds = [
            "cast('" ~ log.days.first ~ "' as timestamp)",
            "cast('" ~ log.days.last ~ "' as timestamp) + interval '1 day'",
        ] %}
    {% endif %}
    {{- model_monitor.log_rows(log, expressions, model_monitor.log_source(log, bounds)) -}}
{% endmacro %}

{# The types of these expressions, from a query without touched days. #}
{% macro touched_value_types(rows, count) %}
    {{- return(model_monitor.value_types(
        'with touched as (select cast(null as timestamp) as period_start) ' ~ rows, count
    )) -}}
{% endmacro %}

{# The CTE `touched` of a sketch: days of a log, or one row if its reference is to be read. #}
{% macro touched_rows(monitor, log, kind) %}
    {%- set here = model_monitor.of_log(monitor, log.name) -%}
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

{# The remaining condition on the rows that were read. #}
{% macro is_touched(log, kind='log') -%}
    {%- if kind != 'log' -%}
exists (select 1 from touched)
    {%- elif log.days and log.days.is_all -%}
true
    {%- else -%}
date_trunc('day', event_time) in (select period_start from touched)
    {%- endif -%}
{%- endmacro %}
