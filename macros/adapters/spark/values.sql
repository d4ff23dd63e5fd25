{# Expressions in the dialect of Spark (3.5 and later, not in ANSI mode). #}

{#
    On Spark a backslash starts an escape, and two quotes are not an escaped quote. ${name} is a
    variable or an environment variable, even within a literal: Spark substitutes its value before
    it parses.
#}
{% macro spark__quoted_text(value) -%}
    {{- return(
        "'" ~ value.replace('\\', '\\\\').replace("'", "\\'").replace('${', '$\\{') ~ "'"
    ) -}}
{%- endmacro %}

{# The SQL counterpart of spark__quoted_text: 36 is a dollar, 39 a quote, 92 a backslash, 123 a brace. #}
{% macro spark__quoted(value) -%}
chr(39) || replace(replace(replace(
    {{ value }}, chr(92), chr(92) || chr(92)), chr(39), chr(92) || chr(39)
), chr(36) || chr(123), chr(36) || chr(92) || chr(123)) || chr(39)
{%- endmacro %}

{# Java accepts 1d and 1f as numbers; other engines do not. `data_type` comes from value_types. #}
{% macro spark__try_double(expression, data_type=none) -%}
    {%- set text = 'cast(' ~ expression ~ ' as string)' -%}
    {%- if data_type in model_monitor._spark_numbers() or data_type == 'BOOLEAN' -%}
    cast({{ expression }} as double)
    {%- else -%}
    case when not {{ text }} rlike '[0-9.][dDfF] *$' then try_cast({{ text }} as double) end
    {%- endif -%}
{%- endmacro %}

{% macro _spark_numbers() %}
    {{ return(['TINYINT', 'SMALLINT', 'INT', 'BIGINT', 'FLOAT', 'DOUBLE', 'DECIMAL']) }}
{% endmacro %}

{% macro spark__as_number(expression, data_type=none) -%}
    {%- if data_type in model_monitor._spark_numbers() or data_type == 'BOOLEAN' -%}
    cast({{ expression }} as double)
    {%- else -%}
    {{ model_monitor.default__as_number(expression) }}
    {%- endif -%}
{%- endmacro %}

{# Accepts the same booleans as DuckDB and no others. #}
{% macro spark__try_boolean(expression, data_type=none) -%}
    {%- if data_type == 'BOOLEAN' -%}
    {{ expression }}
    {%- elif data_type in model_monitor._spark_numbers() -%}
    ({{ expression }} <> 0)
    {%- else -%}
    case
        when lower(cast({{ expression }} as string)) in ('true', 't', 'yes', 'y', '1') then true
        when lower(cast({{ expression }} as string)) in ('false', 'f', 'no', 'n', '0') then false
    end
    {%- endif -%}
{%- endmacro %}

{# A text as a timestamp: words such as 'now', a year alone and a time without a date become null. #}
{% macro spark__try_timestamp(expression, data_type) -%}
    {%- if modules.re.search('char|text|string', data_type | lower) -%}
    case
        when {{ expression }} rlike '^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}'
            then try_cast({{ expression }} as timestamp)
    end
    {%- else -%}
    cast({{ expression }} as timestamp)
    {%- endif -%}
{%- endmacro %}

{# Only on Spark, round() uses the digits that a double is written with. #}
{% macro spark__rounded(value, digits=0) -%}
    {%- set unit = '1e' ~ digits -%}
    (case
        when abs({{ value }}) * {{ unit }} < 4e18
            then sign({{ value }}) * floor(abs({{ value }}) * {{ unit }} + 0.5e0) / {{ unit }}
        else {{ value }}
    end)
{%- endmacro %}

{# A cast truncates on Spark. #}
{% macro spark__nearest_whole(value) -%}
    cast(rint({{ value }}) as bigint)
{%- endmacro %}

{#
    Java writes an exponent below a thousandth and from ten million on, in another form: 1.7E-5. The
    text has a name (t), because an expression that occurs ten times in a statement is computed ten
    times.
#}
{% macro spark__double_text(value) -%}
    get(transform(array(replace(cast({{ value }} as string), '.0E', 'E')), t -> case
        when t not like '%E%' then t
        when t like '%E-4' then regexp_replace(t, '^(-?)([0-9])(?:[.]([0-9]+))?E-4$', '$10.000$2$3')
        when t like '%E-%' then regexp_replace(regexp_replace(t, 'E-([0-9])$', 'e-0$1'), 'E-', 'e-')
        when t rlike 'E([7-9]|1[0-5])$'
            then regexp_replace(cast(cast(t as decimal(38, 15)) as string), '0+$', '')
        else replace(t, 'E', 'e+')
    end), 0)
{%- endmacro %}

{% macro spark__is_like_any(word, patterns) -%}
    exists(split({{ patterns }}, ','), part -> {{ model_monitor.is_like(word, 'part') }})
{%- endmacro %}

{% macro spark__raise_error(message) -%}
    cast(raise_error({{ message }}) as integer)
{%- endmacro %}

{% macro spark__row_number() -%}
    monotonically_increasing_id()
{%- endmacro %}

{% macro spark__type_double() %}
    {{- return('double') -}}
{% endmacro %}
