{# A file that dbt-duckdb reads by `external_location` is not in the catalogue. #}
{% macro duckdb__columns_of(relation) %}
    {% if not relation.external %}
        {{ return(model_monitor.default__columns_of(relation)) }}
    {% endif %}
    {% set query = 'select * from ' ~ relation ~ ' where 1 = 0' %}
    {% if model_monitor.binding_errors([query])[0] is not none %}
        {{ return(none) }}
    {% endif %}
    {% set columns = [] %}
    {% for row in run_query('describe ' ~ query).rows %}
        {% do columns.append(api.Column(row[0], row[1])) %}
    {% endfor %}
    {{ return(columns) }}
{% endmacro %}

{# DuckDB plans a query that it receives as text, and returns the error instead of failing. #}
{% macro duckdb__binding_errors(queries, columns) %}
    {% set plans = [] %}
    {% for query in queries %}
        {% do plans.append(
            'select ' ~ loop.index0 ~ ' as position, json_serialize_plan('
            ~ model_monitor.text_literal(query) ~ ') as plan'
        ) %}
    {% endfor %}
    {#- a plan that reads a file cannot be serialised; DuckDB has already bound it by then -#}
    {% set errors = run_query(
        "select position, plan ->> 'error_message' as message, "
        ~ "case plan ->> 'error_subtype' when 'COLUMN_NOT_FOUND' then plan ->> 'name' end as name "
        ~ "from (" ~ plans | join(' union all ') ~ ") as plans "
        ~ "where plan ->> 'error' = 'true' "
        ~ "and plan ->> 'error_message' not like '%does not support serialization%'"
    ) %}
    {% set by_position = {} %}
    {% for error in errors.rows %}
        {% do by_position.update({error[0] | int: {'message': error[1], 'column': error[2]}}) %}
    {% endfor %}
    {% set found = [] %}
    {% for query in queries %}
        {% do found.append(by_position.get(loop.index0)) %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}

{#
    DuckDB 2.0.0 computes an expression that occurs twice in a query once, and before the try(): its
    error then escapes. Examples are `case when cast(a as integer) > 1 then cast(a as integer) end`
    and two subjects with the same expression. DuckDB does not do this inside a lambda (measured: 33
    ns per row and expression).
#}
{% macro duckdb__guarded(expression, relation, columns, per=none) -%}
    {{ return(
        model_monitor._duckdb_tried(expression) if per is none
        else model_monitor._duckdb_tried_group(expression)
    ) }}
{%- endmacro %}

{% macro _duckdb_tried(expression) -%}
    {{ return('list_transform([1], lambda model_monitor_any: try(' ~ expression ~ '))[1]') }}
{%- endmacro %}

{#
    DuckDB has no try() around an aggregate. It returns the parse tree of the expression and writes
    SQL from a changed tree. Each argument of an aggregate is tried row by row; a list of one value
    is null only where the value fails. The expression over the aggregates is tried in a lambda. An
    expression that cannot be split this way is returned unchanged.
#}
{% macro _duckdb_tried_group(expression) %}
    {% set tree = fromjson(run_query(
        'select cast(json_serialize_sql(' ~ model_monitor.text_literal('select ' ~ expression)
        ~ ') as varchar)'
    ).rows[0][0]) %}
    {% if tree.error or tree.statements | length != 1 %}
        {{ return(expression) }}
    {% endif %}
    {% set node = tree.statements[0].node %}
    {% set parts = {'calls': [], 'values': [], 'filters': [], 'aggregates': run_query(
        "select distinct function_name from duckdb_functions() where function_type = 'aggregate'"
    ).columns[0].values() | list} %}
    {% set whole = model_monitor._duckdb_apart(node.select_list[0], parts) %}
    {% set texts = [] %}
    {% for part in [whole] + parts['calls'] + parts['values'] %}
        {% do node.update({'select_list': [part]}) %}
        {% do texts.append('json_deserialize_sql(' ~ model_monitor.text_literal(tojson(tree)) ~ ')') %}
    {% endfor %}
    {% set texts = run_query('select ' ~ texts | join(', ')).rows[0].values() %}
    {% set count = parts['calls'] | length %}
    {% set calls = [] %}
    {% for text in texts[1:1 + count] %}
        {% do calls.append('c' ~ loop.index0 ~ "_: " ~ text[7:]) %}
    {% endfor %}
    {% set sound = [] %}
    {% for text in texts[1 + count:] %}
        {% set filter = parts['filters'][loop.index0] %}
        {% do sound.append(
            'bool_and(' ~ model_monitor._duckdb_tried('[' ~ text[7:] ~ ']') ~ ' is not null)'
            ~ (' filter (where ' ~ filter ~ ')' if filter else '') ~ ' is not false'
        ) %}
    {% endfor %}
    {% set read = namespace(text='list_transform([{' ~ calls | join(', ')
        ~ '}], lambda model_monitor_calls: try(' ~ texts[0][7:] ~ '))[1]') %}
    {% if sound %}
        {% set read.text = 'case when ' ~ sound | join(' and ') ~ ' then ' ~ read.text ~ ' end' %}
    {% endif %}
    {% for text in texts[1 + count:] %}
        {% set read.text = read.text | replace(
            'model_monitor_values.v' ~ loop.index0 ~ '_', model_monitor._duckdb_tried(text[7:])
        ) %}
    {% endfor %}
    {#- a plain aggregate of columns, with no expression over it -#}
    {{ return(
        read.text if sound or texts[0] != 'SELECT model_monitor_calls.c0_' else expression
    ) }}
{% endmacro %}

{#
    A copy of the tree in which a name replaces each aggregate, which is added to `parts`. Inside an
    aggregate (`call`) a name replaces each value that it receives. Everything else stays.
#}
{% macro _duckdb_apart(tree, parts, call=none) %}
    {% set kind = tree.get('class') if tree is mapping else none %}
    {% if call is none and kind == 'FUNCTION' and tree.function_name in parts.aggregates %}
        {% set filter = model_monitor._duckdb_apart(tree.filter, parts, {}) %}
        {% set call = {'filter': filter.column_names | join('.') if filter else none} %}
        {% set found = dict(tree, filter=filter) %}
        {% for key in ('arguments', 'children', 'order_bys') if key in tree %}
            {% do found.update({key: model_monitor._duckdb_apart(tree[key], parts, call)}) %}
        {% endfor %}
        {% do parts['calls'].append(found) %}
        {{ return(model_monitor._duckdb_name('model_monitor_calls', 'c', parts['calls'])) }}
    {% elif call and kind in ('CONSTANT', 'COLUMN_REF') %}
        {{ return(tree) }}
    {% elif call is not none and kind is not none %}
        {% do parts['values'].append(tree) %}
        {% do parts['filters'].append(call.filter) %}
        {{ return(model_monitor._duckdb_name('model_monitor_values', 'v', parts['values'])) }}
    {% elif tree is mapping %}
        {% set found = {} %}
        {% for key, part in tree.items() %}
            {% do found.update({key: model_monitor._duckdb_apart(part, parts, call)}) %}
        {% endfor %}
        {{ return(found) }}
    {% elif tree is sequence and tree is not string %}
        {% set found = [] %}
        {% for part in tree %}
            {% do found.append(model_monitor._duckdb_apart(part, parts, call)) %}
        {% endfor %}
        {{ return(found) }}
    {% endif %}
    {{ return(tree) }}
{% endmacro %}

{# A tree node that names the last entry of `found`. #}
{% macro _duckdb_name(place, letter, found) %}
    {{ return({
        'class': 'COLUMN_REF', 'type': 'COLUMN_REF', 'alias': '', 'query_location': 0,
        'column_names': [place, letter ~ (found | length - 1) ~ '_'],
    }) }}
{% endmacro %}
