{# Expressions in the dialect of Postgres (16 and later). #}

{#
    Postgres has no try_cast: a text is cast only if the server reports that it can be. A value that
    is already a number needs no check (`data_type` comes from value_types).
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

{# Accepts the same booleans as DuckDB and no others: 'on' and 'tr' become null. #}
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

{#
    A text as a timestamp: words such as 'now' become null, and the seventh digit of a second is cut
    off.
#}
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

{# On Postgres, round() of a double rounds half to even and takes no number of digits. #}
{% macro postgres__rounded(value, digits=0) -%}
    {%- set unit = '1e' ~ digits -%}
    (sign({{ value }}) * floor(abs({{ value }}) * {{ unit }}::double precision + 0.5) / {{ unit }})
{%- endmacro %}

{# Postgres would cast a literal, and fail, while it plans the query. #}
{# Postgres has no try_cast. 9.2e18 is a double below the largest bigint. #}
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

{# Sorts by bytes, whatever the collation of the database. #}
{% macro postgres__text_order(expression) -%}
    {{ expression }} collate "C"
{%- endmacro %}

{% macro postgres__names_are_exact() %}
    {{ return(true) }}
{% endmacro %}

{% macro postgres__type_double() %}
    {{- return('double precision') -}}
{% endmacro %}
