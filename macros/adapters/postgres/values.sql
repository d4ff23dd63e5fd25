{# Expressions as Postgres (16 and later) writes them. #}

{#
    There is no try_cast: a text is cast only if the server says that it can be. What is a number
    already need not be asked about (data_type is that of value_types).
#}
{% macro postgres__try_double(expression, data_type=none) -%}
    {%- set text = 'cast(' ~ expression ~ ' as text)' -%}
    {%- if data_type in ('INTEGER', 'LONGINTEGER', 'FLOAT') -%}
    cast({{ expression }} as double precision)
    {%- elif data_type == 'BOOLEAN' -%}
    cast(cast({{ expression }} as integer) as double precision)
    {%- else -%}
    case
        when pg_input_is_valid({{ text }}, 'double precision') and {{ text }} !~ '[xX]'
            then cast({{ text }} as double precision)
    end
    {%- endif -%}
{%- endmacro %}

{% macro postgres__as_number(expression, data_type=none) -%}
    {%- if data_type is not none and data_type != 'STRING' -%}
    {{ model_monitor.try_double(expression, data_type) }}
    {%- else -%}
    case lower(cast({{ expression }} as text))
        when 'true' then cast(1 as double precision)
        when 'false' then cast(0 as double precision)
        else {{ model_monitor.try_double(expression) }}
    end
    {%- endif -%}
{%- endmacro %}

{# What DuckDB takes for a boolean, and no more: 'on' and 'tr' are none. #}
{% macro postgres__try_boolean(expression, data_type=none) -%}
    {%- if data_type == 'BOOLEAN' -%}
    {{ expression }}
    {%- elif data_type in ('INTEGER', 'LONGINTEGER', 'FLOAT', 'DECIMAL') -%}
    ({{ expression }} <> 0)
    {%- else -%}
    case
        when lower(cast({{ expression }} as text)) in ('true', 't', 'yes', 'y', '1') then true
        when lower(cast({{ expression }} as text)) in ('false', 'f', 'no', 'n', '0') then false
    end
    {%- endif -%}
{%- endmacro %}

{# A time that is text: words such as 'now' are none, and a seventh digit of a second is cut off. #}
{% macro postgres__try_timestamp(expression, data_type) -%}
    {%- set data_type = data_type | lower -%}
    {%- set digits = "regexp_replace(" ~ expression ~ ", '([.][0-9]{6})[0-9]+', '\\1')" -%}
    {%- if 'with time zone' in data_type or data_type == 'timestamptz' -%}
    ({{ expression }} at time zone 'UTC')
    {%- elif modules.re.search('char|text', data_type) -%}
    case
        when {{ expression }} ~ '^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}'
            and pg_input_is_valid({{ expression }}, 'timestamp')
            then case
                when {{ expression }} ~ '{{ model_monitor.zone_at_end() }}'
                    then cast({{ digits }} as timestamptz) at time zone 'UTC'
                else cast({{ digits }} as timestamp)
            end
    end
    {%- else -%}
    cast({{ expression }} as timestamp)
    {%- endif -%}
{%- endmacro %}

{# round() of a double takes halves to the even number here, and no digits. #}
{% macro postgres__rounded(value, digits=0) -%}
    {%- set unit = '1e' ~ digits -%}
    (sign({{ value }}) * floor(abs({{ value }}) * {{ unit }}::double precision + 0.5) / {{ unit }})
{%- endmacro %}

{# A literal would be cast, and fail, while the query is planned. #}
{# There is no try_cast. 9.2e18 is a double below the largest bigint. #}
{% macro postgres__bounded_bigint(number) -%}
    case when abs({{ number }}) <= 9.2e18 then cast({{ number }} as bigint) end
{%- endmacro %}

{% macro postgres__raise_error(message) -%}
    cast(concat({{ message }}, '') as integer)
{%- endmacro %}

{% macro postgres__min_by(value, key) -%}
    (array_agg({{ value }} order by {{ key }}) filter (where {{ key }} is not null))[1]
{%- endmacro %}

{% macro postgres__joined_texts(expression, condition) -%}
    string_agg({{ expression }}, '; ' order by {{ model_monitor.text_order('(' ~ expression ~ ')') }})
        filter (where {{ condition }})
{%- endmacro %}

{% macro postgres__key_number(columns) -%}
    cast(cast('x' || left({{ model_monitor._key_digest(columns) }}, 15) as bit(60)) as bigint)
{%- endmacro %}

{# Bytes decide, whatever the collation of the database. #}
{% macro postgres__text_order(expression) -%}
    {{ expression }} collate "C"
{%- endmacro %}

{% macro postgres__names_are_exact() %}
    {{ return(true) }}
{% endmacro %}

{% macro postgres__type_double() %}
    {{- return('double precision') -}}
{% endmacro %}
