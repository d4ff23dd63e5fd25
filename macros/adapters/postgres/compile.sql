{#
    An error would abort dbt's transaction. A block with its own exception handler therefore
    requests the plan, and stores the error in a setting that lasts as long as the transaction.
#}
{% macro postgres__binding_errors(queries, columns) %}
    {% set found = [] %}
    {% for query in queries %}
        {% do run_query(model_monitor._postgres_question(query)) %}
        {% set said = fromjson(run_query(
            "select current_setting('model_monitor.binding_error') as said"
        ).rows[0][0]) %}
        {% do found.append(said if said.message else none) %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}

{% macro _postgres_question(query) %}
do $model_monitor$
declare
    state text;
    said text;
begin
    perform set_config('model_monitor.binding_error', '{}', true);
    execute 'explain ' || {{ model_monitor.text_literal(query) }};
exception when others then
    get stacked diagnostics state = returned_sqlstate, said = message_text;
    perform set_config('model_monitor.binding_error', cast(json_build_object(
        'message', said,
        'column', case when state = '42703' then substring(said from '"(?:[^"]*\.)?([^".]+)"') end
    ) as text), true);
end
$model_monitor$
{% endmacro %}

{#
    A Postgres query cannot catch an error, but a function can. The function belongs to the session
    (pg_temp) and takes the columns that the expression names, under their own names, so its body
    holds the expression unchanged. A function takes at most a hundred arguments; an expression with
    more columns stays unguarded. So does one without columns, which is the same for every row. An
    aggregate function takes the rows of its group as an array.
#}
{% macro postgres__guarded(expression, relation, columns, per=none) %}
    {% set named = model_monitor._named_columns(expression, columns) %}
    {% if not named or (per is none and named | length > 100) %}
        {{ return(expression) }}
    {% endif %}
    {% set function = model_monitor._guard_name(expression, relation, per) %}
    {% set names = model_monitor._quoted_names(named, per) | join(', ') %}
    {{ return(
        function ~ '(' ~ names ~ ')' if per is none
        else function ~ '(array_agg(cast(row(' ~ names ~ ') as ' ~ function ~ '_row)))'
    ) }}
{% endmacro %}

{#
    A view reveals the result type, and whether the expression uses one row and these columns only:
    an expression that reads other rows, or produces rows, cannot stand in a filter (for groups: in
    a `having`). Three cases get no function: such an expression, one that does not compile, and a
    role that may not create temporary objects. A later check finds whether the function exists, as
    for any name.
#}
{% macro postgres__guard_statement(expressions, relation, columns, per=none) %}
    {% set blocks = [] %}
    {% for expression in expressions
        if model_monitor.guarded(expression, relation, columns, per) != expression %}
        {% set block = [] %}
        {% for statement in model_monitor._guard_statements(expression, relation, columns, per) %}
            {% do block.append('execute ' ~ model_monitor.text_literal(statement) ~ ';') %}
        {% endfor %}
        {% do blocks.append(
            'begin\n' ~ block | join('\n') ~ '\nexception when others then null;\nend;'
        ) %}
    {% endfor %}
    {{ return(
        'do $model_monitor$\nbegin\n' ~ blocks | join('\n') ~ '\nend\n$model_monitor$'
        if blocks else none
    ) }}
{% endmacro %}

{% macro _guard_statements(expression, relation, columns, per) %}
    {% set function = model_monitor._guard_name(expression, relation, per) %}
    {% set names = model_monitor._quoted_names(
        model_monitor._named_columns(expression, columns), per
    ) %}
    {% set value = '(' ~ expression ~ '\n)' %}
    {% set rows = 'select ' ~ names | join(', ') ~ ' from ' ~ relation %}
    {% set view = 'pg_temp.model_monitor_value' %}
    {% set of_rows = 'create temp view model_monitor_value as select ' ~ value ~ ' as v from ('
        ~ rows ~ ') as log_row' %}
    {% set result = ' returns ' ~ view ~ '.v%type language plpgsql stable as ' %}
    {#- inside a subquery of the expression, its own columns take precedence, as they do everywhere -#}
    {% set body = '#variable_conflict use_column\nbegin return %s; exception when others then return null; end' %}
    {% if per is none %}
        {% set parameters = [] %}
        {% for name in names %}
            {% do parameters.append(name ~ ' ' ~ relation ~ '.' ~ name ~ '%type') %}
        {% endfor %}
        {{ return([
            of_rows ~ ' where ' ~ value ~ ' is null',
            'create or replace function ' ~ function ~ '(' ~ parameters | join(', ') ~ ')' ~ result
            ~ model_monitor.text_literal(body | replace('%s', value)),
            'drop view ' ~ view,
        ]) }}
    {% endif %}
    {% set grouped = ' group by ' ~ adapter.quote(per) %}
    {% set of_group = '(select ' ~ value ~ ' from unnest(model_monitor_rows) as log_row' ~ grouped ~ ')' %}
    {{ return([
        of_rows ~ grouped ~ ' having ' ~ value ~ ' is null',
        'drop table if exists ' ~ function ~ '_row cascade',
        'create temp table ' ~ function.split('.')[1] ~ '_row as ' ~ rows ~ ' with no data',
        'create function ' ~ function ~ '(model_monitor_rows ' ~ function ~ '_row[])' ~ result
        ~ model_monitor.text_literal(body | replace('%s', of_group)),
        'drop view ' ~ view,
    ]) }}
{% endmacro %}

{# The quoted names of the columns, and of the grouping column. #}
{% macro _quoted_names(columns, per) %}
    {% set names = [] %}
    {% for column in (columns + ([per] if per is not none else [])) | unique %}
        {% do names.append(adapter.quote(column)) %}
    {% endfor %}
    {{ return(names) }}
{% endmacro %}

{# The columns an expression may refer to: their names occur in it as whole words. #}
{% macro _named_columns(expression, columns) %}
    {% set named = [] %}
    {% for column in columns
        if modules.re.search('(?i)(?<!\\w)' ~ modules.re.escape(column) ~ '(?!\\w)', expression) %}
        {% do named.append(column) %}
    {% endfor %}
    {{ return(named) }}
{% endmacro %}

{% macro _guard_name(expression, relation, per=none) %}
    {% set place = relation ~ ' ' ~ (per ~ ' ' if per is not none else '') %}
    {{ return('pg_temp.model_monitor_' ~ local_md5(place ~ expression)[:16]) }}
{% endmacro %}

{# In the driver's type names, which distinguish numbers, texts, booleans and times. #}
{% macro postgres__value_types(rows, count) %}
    {% set types = {} %}
    {% set query = 'select * from (' ~ rows ~ ') as log_rows where 1 = 0' %}
    {% if execute and count and model_monitor.binding_errors([query])[0] is none %}
        {% for column in adapter.get_column_schema_from_query(query) %}
            {% do types.update({column.name: column.data_type | upper}) %}
        {% endfor %}
    {% endif %}
    {% set found = [] %}
    {% for i in range(count) %}
        {% do found.append(types.get('v' ~ i)) %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}
