{# Leaf expressions as DuckDB writes them. Every macro here has a portable default in default.sql. #}

{% macro duckdb__try_double(expression, data_type=none) -%}
    try_cast({{ expression }} as double)
{%- endmacro %}

{# A boolean casts to a number here; a text that says true or false is what the default makes of it. #}
{% macro duckdb__as_number(expression, data_type=none) -%}
    coalesce(
        try_cast({{ expression }} as double),
        case lower(cast({{ expression }} as varchar)) when 'true' then 1e0 when 'false' then 0e0 end
    )
{%- endmacro %}

{% macro duckdb__read_twice() -%}
    not materialized
{%- endmacro %}

{% macro duckdb__try_boolean(expression, data_type=none) -%}
    try_cast({{ expression }} as boolean)
{%- endmacro %}

{% macro duckdb__try_timestamp(expression, data_type) -%}
    {%- if 'with time zone' in (data_type | lower) or (data_type | lower) == 'timestamptz' -%}
    ({{ expression }} at time zone 'UTC')
    {%- else -%}
    try_cast({{ expression }} as timestamp)
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__is_finite(expression) -%}
    isfinite({{ expression }})
{%- endmacro %}

{% macro duckdb__raise_error(message) -%}
    error({{ message }})
{%- endmacro %}

{% macro duckdb__min_by(value, key) -%}
    arg_min({{ value }}, {{ key }})
{%- endmacro %}

{% macro duckdb__joined_texts(expression, condition) -%}
    string_agg({{ expression }}, '; ' order by {{ expression }}) filter (where {{ condition }})
{%- endmacro %}

{% macro duckdb__key_number(columns) -%}
    cast('0x' || left({{ model_monitor._key_digest(columns) }}, 15) as bigint)
{%- endmacro %}

{# A file that dbt-duckdb reads by `external_location` is in no catalogue. #}
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

{# DuckDB plans a query that is handed to it as text, and returns what is wrong instead of failing. #}
{% macro duckdb__binding_errors(queries) %}
    {% set plans = [] %}
    {% for query in queries %}
        {% do plans.append(
            'select ' ~ loop.index0 ~ ' as position, json_serialize_plan('
            ~ model_monitor.text_literal(query) ~ ') as plan'
        ) %}
    {% endfor %}
    {#- a plan that reads a file cannot be written down: by then it has been made -#}
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

{% macro duckdb__guarded(expression, relation, columns) -%}
    {{ return('try(' ~ expression ~ ')') }}
{%- endmacro %}

{#
    DuckDB 2.0.0: of a table that `create table as` made without a row, the rows that the same
    transaction inserts by several threads and in order (122,880 and more) are there and met by no filter
    that is looked up in statistics: `count(*)` counts them, `where bin = 0` finds none. A row that was
    there once makes the statistics whole.
#}
{% macro duckdb__before_sketches(relation) -%}
    insert into {{ relation }} default values;
    delete from {{ relation }} where monitor is null
{%- endmacro %}
