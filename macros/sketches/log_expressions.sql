{#
    Checks the SQL of the configuration with the warehouse before it becomes part of a model. An
    expression that names an absent column or an unknown function, or mixes incompatible types,
    would otherwise stop every monitor of the run. Adds to `found` (of relation_columns):

      expressions  {sql: the SQL to read it by, or none for a typed null}
      guard        the statement that a session needs to read them this way, or none
      is_grouped   whether they are aggregates
      problems     what is wrong, where
      status       invalid_where (nothing can be read), invalid_expression

    asked: {'where': sql or none, 'per': a column or none, 'expressions': [{'place', 'sql',
    'is_own'}, …]}.
#}
{% macro check_expressions(found, relation, asked) %}
    {% if not execute or found.status == 'missing_table' %}
        {{ return('') }}
    {% endif %}
    {% if asked.per is not none and asked.per | lower not in found.columns %}
        {% do found.update({'status': 'missing_columns'}) %}
        {{ return('') }}
    {% endif %}
    {% set is_grouped = asked.per is not none %}
    {% set groups = ' group by ' ~ adapter.quote(asked.per) if is_grouped else '' %}
    {% set nothing = ' from ' ~ relation ~ ' where 1 = 0' %}
    {#- a generated aggregate over a column fails nowhere -#}
    {% set sqls = asked.expressions | rejectattr('is_own', 'true') | map(attribute='sql') | unique(case_sensitive=true) | list %}
    {% set of_rows = ([] if is_grouped else sqls) + ([asked.where] if asked.where is not none else []) %}
    {% set statements = [
        model_monitor.guard_statement(of_rows, relation, found.spelt),
        model_monitor.guard_statement(sqls, relation, found.spelt, asked.per) if is_grouped,
    ] | select | list %}
    {% do found.update({
        'guard': statements | join(';\n') if statements else none, 'is_grouped': is_grouped,
    }) %}
    {% do model_monitor.before_rows(found) %}
    {% set rows = nothing %}
    {% if asked.where is not none %}
        {% set guarded = model_monitor.guarded(asked.where, relation, found.spelt) %}
        {% do found.expressions.update({asked.where: guarded}) %}
        {% set rows = nothing ~ ' and (' ~ guarded ~ ')' %}
    {% endif %}
    {% set whole = [] %}
    {% for expression in asked.expressions %}
        {% set guarded = expression.sql if expression.is_own
            else model_monitor.guarded(expression.sql, relation, found.spelt, asked.per) %}
        {% do whole.append(guarded ~ ' as v' ~ loop.index0) %}
        {% do found.expressions.update({expression.sql: guarded}) %}
    {% endfor %}
    {#-
        twenty at once, because Spark truncates a plan with more columns; one by one only after a
        failure, to find the expression at fault
    -#}
    {% set queries = [] %}
    {% for some in (whole or (['1 as nothing'] if asked.where is not none else [])) | batch(20) %}
        {% do queries.append('select ' ~ some | join(', ') ~ rows ~ groups) %}
    {% endfor %}
    {% if not queries
        or not model_monitor.binding_errors(queries, found.columns) | reject('none') | list %}
        {{ return('') }}
    {% endif %}
    {% set plain = nothing ~ ('' if asked.where is none else ' and (' ~ asked.where ~ ')') %}
    {% set errors = model_monitor.binding_errors([
        'select 1 as nothing' ~ nothing, 'select 1 as nothing' ~ plain, 'select 1 as nothing' ~ rows,
    ], found.columns) %}
    {% if errors[0] is not none %}
        {#- the table exists but cannot be queried: its expressions are not the cause -#}
        {% do found.expressions.clear() %}
        {{ return('') }}
    {% elif errors[1] is not none %}
        {% do found.update({'status': 'invalid_where'}) %}
        {% do found.problems.append('where: ' ~ model_monitor._binding_problem(errors[1], found)) %}
        {% set rows = nothing %}
    {% elif errors[2] is not none %}
        {% do found.expressions.update({asked.where: asked.where}) %}
        {% set rows = plain %}
    {% endif %}
    {% set queries = [] %}
    {% for expression in asked.expressions %}
        {% for sql in [found.expressions[expression.sql], expression.sql] %}
            {% do queries.append('select ' ~ sql ~ ' as v' ~ rows ~ groups) %}
        {% endfor %}
    {% endfor %}
    {% set errors = model_monitor.binding_errors(queries, found.columns) if queries else [] %}
    {% for expression in asked.expressions %}
        {% set plain_error = errors[2 * loop.index0 + 1] %}
        {% if plain_error is not none %}
            {% do found.expressions.update({expression.sql: none}) %}
            {% do found.problems.append(
                expression.place ~ ': ' ~ model_monitor._binding_problem(plain_error, found)
            ) %}
            {% if found.status == 'ok' %}
                {% do found.update({'status': 'invalid_expression'}) %}
            {% endif %}
        {% elif errors[2 * loop.index0] is not none %}
            {% do found.expressions.update({expression.sql: expression.sql}) %}
        {% endif %}
    {% endfor %}
{% endmacro %}

{#
    The expressions of a log to check: every subject, metric and cost that is more than a column. A row of
    a derived log is an aggregate, and a column alone is not an aggregate, so there every expression
    is checked.
#}
{% macro log_expressions(log, subjects) %}
    {% set asked = [] %}
    {% for subject in subjects if subject.column is none or log.from is not none %}
        {% do asked.append({
            'place': 'subject ' ~ subject.name, 'sql': subject.sql,
            'is_own': subject.column is not none,
        }) %}
    {% endfor %}
    {% for metric in log.metrics %}
        {% for part in ['numerator', 'denominator', 'where', 'per'] if metric[part] is not none %}
            {% set expression = model_monitor._metric_expression(log, metric, part) %}
            {% if expression.column is none or log.from is not none %}
                {% do asked.append({
                    'place': 'metric ' ~ metric.name ~ ' ' ~ part, 'sql': expression.sql,
                    'is_own': false,
                }) %}
            {% endif %}
        {% endfor %}
    {% endfor %}
    {% for kind, sql in log.costs.items() if model_monitor.cost_expression(sql).column is none %}
        {% do asked.append({'place': 'costs ' ~ kind, 'sql': sql, 'is_own': false}) %}
    {% endfor %}
    {{ return(asked) }}
{% endmacro %}

{#
    The SQL to read an expression by: guarded where possible, unchanged, or a typed null. A query
    for somebody else to run uses nothing that exists only in this session.
#}
{% macro read_expression(sql, found, is_told=false) %}
    {% set read = found.expressions.get(sql, sql) %}
    {% if read is none %}
        {{ return('cast(null as ' ~ model_monitor.type_text() ~ ')') }}
    {% endif %}
    {{ return(sql if is_told and (found.get('guard') or found.get('is_grouped')) else read) }}
{% endmacro %}

{# Runs the statement that a session needs before it reads rows of these columns and expressions. #}
{% macro before_rows(found) %}
    {% if execute and found.get('guard') %}
        {% do run_query(found.guard) %}
    {% endif %}
{% endmacro %}

{% macro _binding_problem(error, found) %}
    {{ return(
        error.message.split('\n')[0] if error.column is none
        else model_monitor.no_column(error.column, found.columns)
    ) }}
{% endmacro %}
