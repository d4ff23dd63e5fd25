{#
    The columns of a relation: {'status': ok | missing_table, 'columns': {lower-case name: type},
    'spelt': [its names as they are], 'absent': [...], 'expressions': {}, 'problems': [...]}. No
    other macro queries the warehouse about columns at compile time. An absent table thereby becomes
    an empty log, an absent column or unreadable expression a typed null, instead of an error that
    stops every monitor. `asked` are the names that the configuration expects.
#}
{% macro relation_columns(relation, asked) %}
    {% set found = {
        'status': 'ok', 'columns': {}, 'spelt': [], 'absent': [], 'expressions': {}, 'problems': [],
    } %}
    {% if execute %}
        {% set columns = model_monitor.columns_of(relation) %}
        {% if columns is none %}
            {% do found.update({'status': 'missing_table'}) %}
            {% do found['problems'].append('there is no table ' ~ relation) %}
        {% endif %}
        {% set spelt = columns | default([], true) | map(attribute='name') | list %}
        {% do found.update({'spelt': spelt}) %}
        {% set others = model_monitor.spelt_otherwise(asked, spelt) %}
        {% for column in columns or [] if column.name | lower not in others %}
            {% do found['columns'].update({column.name | lower: column.data_type}) %}
        {% endfor %}
        {% for name in asked %}
            {% if name is not none and name | lower not in found['columns'] %}
                {% do found['absent'].append(name) %}
                {% if columns is not none %}
                    {% do found['problems'].append(model_monitor.no_column(name, spelt)) %}
                {% endif %}
            {% endif %}
        {% endfor %}
        {% if found['absent'] and found['status'] == 'ok' %}
            {% do found.update({'status': 'missing_columns'}) %}
        {% endif %}
    {% endif %}
    {{ return(found) }}
{% endmacro %}

{#
    The requested names that match another column only in lower case. Where a quoted name is exact,
    "Region" is not "region", and reading it would stop every monitor.
#}
{% macro spelt_otherwise(asked, spelt) %}
    {{ return(
        asked | select('string') | reject('in', spelt) | map('lower') | list
        if model_monitor.names_are_exact() else []
    ) }}
{% endmacro %}

{# The message about a column that does not exist, with the names that may have been meant. #}
{% macro no_column(name, columns) %}
    {% set near = model_monitor._nearest(name, columns | list) %}
    {% set shown = [near.best] if near.best is not none else near.ordered[:8] %}
    {{ return(
        'no column ' ~ name ~ (' (nearest: ' if near.best is not none else ' (there are: ')
        ~ shown | join(', ') ~ ')'
    ) }}
{% endmacro %}

{#
    The columns of one log, as the configuration names them. Several models need them, but the
    warehouse is queried once per invocation: a table that dbt builds itself exists before the first
    of these models.
#}
{% macro log_columns(log) %}
    {% if not execute %}
        {{ return(model_monitor._found_columns(log)) }}
    {% endif %}
    {% set remembered = model_monitor._remembered() %}
    {% set key = 'columns of ' ~ log %}
    {% if key not in remembered %}
        {% do remembered.update({key: model_monitor._found_columns(log)}) %}
    {% endif %}
    {{ return(remembered[key]) }}
{% endmacro %}

{% macro _found_columns(log) %}
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
    {% for metric in log.metrics if log.from is none %}
        {% for part in ['numerator', 'denominator', 'where', 'per'] if metric[part] is not none %}
            {% do asked.append(model_monitor._metric_expression(log, metric, part).column) %}
        {% endfor %}
    {% endfor %}
    {% for sql in log.costs.values() %}
        {% do asked.append(model_monitor.cost_expression(sql).column) %}
    {% endfor %}
    {% set relation = model_monitor.relation(log.relation) %}
    {% set found = model_monitor.relation_columns(relation, asked | reject('none') | unique | list) %}
    {#- a numeric time would be cast to null, and the log would silently be empty -#}
    {% for name in [log.columns.time, log.columns.loaded_at] if name is not none %}
        {% set data_type = found['columns'].get(name | lower, 'timestamp') | lower %}
        {% if not modules.re.search('time|date|char|text|string', data_type) %}
            {% do found.update({'status': 'wrong_type'}) %}
            {% do found['absent'].append(name ~ ' (' ~ data_type ~ ', not a timestamp)') %}
            {% do found['problems'].append(name ~ ' is ' ~ data_type ~ ', not a timestamp') %}
        {% endif %}
    {% endfor %}
    {% do model_monitor.check_expressions(found, relation, {
        'where': log.where,
        'per': log.per,
        'expressions': model_monitor.log_expressions(log, log.subjects),
    }) %}
    {{ return(found) }}
{% endmacro %}

{# Whether any row of a log can be read: log_rows leaves a log empty if its time columns are missing. #}
{% macro is_readable(log, found) %}
    {% if found.status in ('missing_table', 'invalid_where', 'wrong_type') %}
        {{ return(false) }}
    {% endif %}
    {% for name in [log.columns.time, log.columns.loaded_at, log.per] if name in found.absent %}
        {{ return(false) }}
    {% endfor %}
    {{ return(true) }}
{% endmacro %}

{#
    The kind of values that a column of this type holds. A ruler frozen from one kind is not valid
    for another; within a kind (an integer that became a double) every value stays the same. None
    for no type.
#}
{% macro type_kind(data_type) %}
    {% set data_type = (data_type or '') | lower %}
    {% for kind, words in {
        'other': 'array|struct|union|map|list|json|.*[]]$',
        'boolean': '^bool',
        'time': 'time|date|interval',
        'number': 'int|decimal|numeric|number|double|float|real|serial',
        'text': 'char|text|string|uuid|enum',
    }.items() if modules.re.search(words, data_type) %}
        {{ return(kind) }}
    {% endfor %}
    {{ return('other' if data_type else none) }}
{% endmacro %}

{# The columns that the slices of this log use, each once, in the order of the configuration. #}
{% macro slice_columns(log) %}
    {% set columns = [] %}
    {% for slice in log.slices %}
        {% for column in slice.columns if column not in columns %}
            {% do columns.append(column) %}
        {% endfor %}
    {% endfor %}
    {{ return(columns) }}
{% endmacro %}
