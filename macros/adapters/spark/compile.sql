{#
    The error of `explain` says why a query cannot be planned. A query that cannot be parsed would
    make that statement itself fail, so another statement checks this first.
#}
{% macro spark__binding_errors(queries, columns) %}
    {% if not queries %}
        {{ return([]) }}
    {% endif %}
    {% set errors = {} %}
    {% for query in queries %}
        {% do errors.update({query: none}) %}
    {% endfor %}
    {% set unparsed = model_monitor._spark_unparsed(errors | list) %}
    {% for query in errors %}
        {% do errors.update({query: {'message': 'syntax error', 'column': none} if query in unparsed
            else model_monitor._spark_refusal(query)
                or model_monitor._spark_text_refusal(query, columns)}) %}
    {% endfor %}
    {% set found = [] %}
    {% for query in queries %}
        {% do found.append(errors[query]) %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}

{#
    The queries that cannot be parsed. Spark parses a text passed to its function `expr` while it
    plans (only if the query has a relation), and reports the parse error as a planning error
    without naming the query. If that function is not available, every query is considered valid. A
    query in brackets is an expression.
#}
{% macro _spark_unparsed(queries) %}
    {% set parsed = [] %}
    {% for query in queries %}
        {% do parsed.append(
            "reflect('org.apache.spark.sql.functions', 'expr', "
            ~ model_monitor.text_literal('(' ~ query ~ ')') ~ ')'
        ) %}
    {% endfor %}
    {% set said = run_query(
        'explain select ' ~ parsed | join(', ') ~ ' from values (1) as one_row (nothing)'
    ).columns[0].values() | join('\n') %}
    {% if said.split() != 'Error occurred during query planning: null'.split() %}
        {{ return([]) }}
    {% elif queries | length == 1 %}
        {{ return(queries) }}
    {% endif %}
    {% set found = [] %}
    {% for query in queries %}
        {% do found.extend(model_monitor._spark_unparsed([query])) %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}

{# Why a query cannot be planned; none if it can. #}
{% macro _spark_refusal(query) %}
    {# the first line is a heading, with or without an error #}
    {% set said = run_query('explain ' ~ query).columns[0].values() | join('\n') %}
    {% set error = modules.re.match('.*\n(?:org[.]apache[.]spark[.][A-Za-z.]*: )', said) %}
    {% set failed = error or said.startswith('Error occurred during query planning') %}
    {% set words = said[error.end():] if error else said.split('\n', 1)[1:] | join %}
    {% set message = words | replace('\n', ' ') %}
    {% set column = modules.re.search(
        'UNRESOLVED_COLUMN.*?with name (?:`[^`]*`[.])*`([^`]*)` cannot be resolved', message
    ) %}
    {{ return({
        'message': message.split(';')[0],
        'column': column.group(1) if column else none,
    } if failed else none) }}
{% endmacro %}

{#
    Where a number or a boolean is expected, Spark silently casts a text, to null if it is neither.
    These implicit casts are in the analysed plan, not in the parsed one. Only columns are checked,
    and only above the relation, since a view has its own casts.
#}
{% macro _spark_text_refusal(query, columns) %}
    {% set texts = [] %}
    {% for name, data_type in columns.items()
        if model_monitor.type_kind(data_type) == 'text' and modules.re.fullmatch('\\w+', name)
        and modules.re.search('(?i)\\b' ~ name ~ '\\b', query) %}
        {% do texts.append(name) %}
    {% endfor %}
    {% if not texts %}
        {{ return(none) }}
    {% endif %}
    {% set said = run_query('explain extended ' ~ query).columns[0].values() | join('\n') %}
    {#- a line after a colon belongs to a subquery within an expression -#}
    {% set plans = modules.re.sub('(?m)^ *:.*$', '', said).split('== Analyzed Logical Plan ==') %}
    {% set analyzed = (plans[1] if plans | length > 1 else '').split('SubqueryAlias')[0] %}
    {% set type = '(?:tinyint|smallint|int|bigint|float|double|decimal|boolean)' %}
    {% set found = [] %}
    {% for name in texts %}
        {% set cast = '(?i)\\bcast[(]' ~ name ~ '#[0-9]+ as ' ~ type %}
        {% set casts = modules.re.findall(cast, analyzed) %}
        {#- cast('c as int), 'int('c), 'int('log.c) -#}
        {% set meant_cast = "(?i)(?:\\bcast[(]|'" ~ type ~ "[(])'(?:[^ ']*[.])?" ~ name
            ~ '(?: as ' ~ type ~ '|[)])' %}
        {% set meant = modules.re.findall(meant_cast, plans[0]) %}
        {% if casts | length > meant | length %}
            {% do found.append(name ~ ' is text') %}
        {% endif %}
    {% endfor %}
    {{ return({
        'message': 'types do not go together without a cast: ' ~ found | join(', '), 'column': none,
    } if found else none) }}
{% endmacro %}

{% macro spark__value_types(rows, count) %}
    {% set types = {} %}
    {% set query = 'select * from (' ~ rows ~ ') as log_rows where 1 = 0' %}
    {% if execute and count and model_monitor.binding_errors([query])[0] is none %}
        {% for column in adapter.get_column_schema_from_query(query) %}
            {% do types.update({column.name: column.dtype.split('(')[0] | upper}) %}
        {% endfor %}
    {% endif %}
    {% set found = [] %}
    {% for i in range(count) %}
        {% do found.append(types.get('v' ~ i)) %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}
