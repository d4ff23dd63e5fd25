{#
    A sketch is written log by log, each by its own statement, after the model has emptied the
    touched periods, in the same transaction. One statement over all logs would be planned as one:
    planning time grows much faster than the number of logs, and a log without new rows is planned
    too. The loop runs inside one hook, so the nodes that dbt parses do not depend on the
    configuration.
#}
{% macro write_bins(kind) %}
    {% do model_monitor.run_statement(model_monitor.before_sketches(this)) %}
    {% for monitor in model_monitor.monitors() %}
        {% for log in monitor.logs if log.subjects %}
            {% do model_monitor.run_statement(model_monitor.insert_bins(monitor, log, kind)) %}
        {% endfor %}
    {% endfor %}
    {% do model_monitor.run_statement(model_monitor.after_sketches()) %}
{% endmacro %}

{#
    Runs one statement of a sketch; does nothing if it is empty. While dbt parses, the statement is
    rendered but not run, so that dbt knows its refs.
#}
{% macro run_statement(sql) %}
    {% if execute and sql | trim %}
        {% call statement(auto_begin=false) %}{{ sql }}{% endcall %}
    {% endif %}
{% endmacro %}

{# The statement for one log; nothing if nothing is new. #}
{% macro insert_bins(monitor, log, kind) %}
    {% set here = model_monitor.of_log(monitor, log.name) %}
    {% set days = {} %}
    {% if kind == 'log' %}
        {% set days = model_monitor.touched_days('int_monitor__touched_periods', here) %}
    {% elif execute %}
        {% set news = run_query(
            'select 1 as has_news from ' ~ ref('model_monitor', 'int_monitor__touched_references')
            ~ ' as touched where ' ~ here ~ ' limit 1'
        ) %}
        {% set days = {} if news.rows | length > 0 else none %}
    {% endif %}
    {% if days is not none %}
insert into {{ this }} ({{ model_monitor.bin_columns() | map(attribute=0) | join(', ') }})
select {{ model_monitor.bin_columns() | map(attribute=0) | join(', ') }}
from {{ model_monitor.bin_sketch(monitor, dict(log, days=days), kind) }} as sketch
    {% endif %}
{% endmacro %}
