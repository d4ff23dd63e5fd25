{#
    The sketches are written log by log, each by a statement of its own, after the model has emptied
    what was touched and in the same transaction. One statement over all logs would be planned as one:
    the time of that grows much faster than the number of logs, and a log without news is planned too.
#}
{% macro bin_statements(kind) %}
    {% set statements = [] %}
    {% for monitor in model_monitor.monitors() %}
        {% set position = loop.index0 %}
        {% for log in monitor.logs if log.subjects %}
            {% do statements.append(
                '{{ model_monitor.insert_bins(' ~ position ~ ', ' ~ monitor.logs.index(log) ~ ", '" ~ kind ~ "') }}"
            ) %}
        {% endfor %}
    {% endfor %}
    {{ return(model_monitor.sketch_statements(statements) + ['{{ model_monitor.after_sketches() }}']) }}
{% endmacro %}

{# What writes a sketch: what its engine needs before the first statement, then the statements. #}
{% macro sketch_statements(inserts) %}
    {{ return(['{{ model_monitor.before_sketches(this) }}'] + inserts) }}
{% endmacro %}

{# The statement of one log, named by its position in the configuration; nothing if nothing is new. #}
{% macro insert_bins(monitor_position, log_position, kind) %}
    {% set monitor = model_monitor.monitors()[monitor_position] %}
    {% set log = monitor.logs[log_position] %}
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
