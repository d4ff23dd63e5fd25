{#
    Which columns a relation has: {'status': ok | missing_table, 'columns': {lower-case name: type},
    'absent': [...]}. The one place that asks the warehouse while compiling, so that an absent table
    is an empty log and an absent column a typed null instead of an error. `asked` are the names the
    configuration expects.
#}
{% macro relation_columns(relation, asked) %}
    {% set found = {'status': 'ok', 'columns': {}, 'absent': []} %}
    {% if execute %}
        {% set existing = load_relation(relation) %}
        {% if existing is none %}
            {% do found.update({'status': 'missing_table'}) %}
        {% else %}
            {% for column in adapter.get_columns_in_relation(existing) %}
                {% do found['columns'].update({column.name | lower: column.data_type}) %}
            {% endfor %}
        {% endif %}
        {% for name in asked %}
            {% if name is not none and name | lower not in found['columns'] %}
                {% do found['absent'].append(name) %}
            {% endif %}
        {% endfor %}
        {% if found['absent'] and found['status'] == 'ok' %}
            {% do found.update({'status': 'missing_columns'}) %}
        {% endif %}
    {% endif %}
    {{ return(found) }}
{% endmacro %}

{# The columns of one log, as the configuration names them. #}
{% macro log_columns(log) %}
    {% set asked = [] %}
    {% for name in log.columns.values() %}
        {% do asked.append(name) %}
    {% endfor %}
    {% do asked.append(log.per) %}
    {% for slice in log.slices %}
        {% do asked.extend(slice.columns) %}
    {% endfor %}
    {% for subject in log.subjects if log.from is none %}
        {% do asked.append(subject.column) %}
    {% endfor %}
    {% set found = model_monitor.relation_columns(
        model_monitor.relation(log.relation), asked | reject('none') | unique | list
    ) %}
    {#- a time that is a number would be cast to nothing, and the log would be empty in silence -#}
    {% for name in [log.columns.time, log.columns.loaded_at] if name is not none %}
        {% set data_type = found['columns'].get(name | lower, 'timestamp') | lower %}
        {% if not modules.re.search('time|date|char|text|string', data_type) %}
            {% do found.update({'status': 'wrong_type'}) %}
            {% do found['absent'].append(name ~ ' (' ~ data_type ~ ', not a timestamp)') %}
        {% endif %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}

{# Every column that a slice of this log is made of, once, in the order of the configuration. #}
{% macro slice_columns(log) %}
    {% set columns = [] %}
    {% for slice in log.slices %}
        {% for column in slice.columns if column not in columns %}
            {% do columns.append(column) %}
        {% endfor %}
    {% endfor %}
    {{ return(columns) }}
{% endmacro %}
