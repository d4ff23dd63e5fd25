{#
    Leaf expressions that differ between warehouses: the portable form and the dispatch. Nothing
    else may differ.
#}

{% macro type_text() -%}
    {{ return(dbt.type_string()) }}
{%- endmacro %}

{# `data_type` comes from value_types, or is none: not every engine needs it. #}
{% macro try_double(expression, data_type=none) -%}
    {{ return(adapter.dispatch('try_double', 'model_monitor')(expression, data_type)) }}
{%- endmacro %}

{% macro default__try_double(expression, data_type=none) -%}
    try_cast({{ expression }} as {{ model_monitor.type_double() }})
{%- endmacro %}

{# A number as it is, a boolean as 0 or 1, anything else as null. #}
{% macro as_number(expression, data_type=none) -%}
    {{ return(adapter.dispatch('as_number', 'model_monitor')(expression, data_type)) }}
{%- endmacro %}

{% macro default__as_number(expression, data_type=none) -%}
    case lower(cast({{ expression }} as {{ model_monitor.type_text() }}))
        when 'true' then 1e0
        when 'false' then 0e0
        else {{ model_monitor.try_double(expression) }}
    end
{%- endmacro %}

{% macro try_boolean(expression, data_type=none) -%}
    {{ return(adapter.dispatch('try_boolean', 'model_monitor')(expression, data_type)) }}
{%- endmacro %}

{% macro default__try_boolean(expression, data_type=none) -%}
    try_cast({{ expression }} as boolean)
{%- endmacro %}

{% macro try_timestamp(expression, data_type) -%}
    {{ return(adapter.dispatch('try_timestamp', 'model_monitor')(expression, data_type)) }}
{%- endmacro %}

{# A pattern for texts that end with a time zone: +02, +02:00, -0530 or Europe/Berlin after the time. #}
{% macro zone_at_end() -%}
    :[0-9.]+ ?([+-][0-9]{2}(:?[0-9]{2})?|[A-Za-z]+/[A-Za-z_]+)$
{%- endmacro %}

{% macro default__try_timestamp(expression, data_type) -%}
    cast({{ expression }} as timestamp)
{%- endmacro %}

{% macro is_finite(expression) -%}
    {{ return(adapter.dispatch('is_finite', 'model_monitor')(expression)) }}
{%- endmacro %}

{% macro default__is_finite(expression) -%}
    ({{ expression }} > cast('-Infinity' as {{ model_monitor.type_double() }})
        and {{ expression }} < cast('Infinity' as {{ model_monitor.type_double() }}))
{%- endmacro %}

{# Rounds half away from zero. #}
{% macro rounded(value, digits=0) -%}
    {{ return(adapter.dispatch('rounded', 'model_monitor')(value, digits)) }}
{%- endmacro %}

{% macro default__rounded(value, digits=0) -%}
    round({{ value }}{{ ', ' ~ digits if digits }})
{%- endmacro %}

{# The nearest whole number; rounds half to even. #}
{% macro nearest_whole(value) -%}
    {{ return(adapter.dispatch('nearest_whole', 'model_monitor')(value)) }}
{%- endmacro %}

{% macro default__nearest_whole(value) -%}
    cast({{ value }} as bigint)
{%- endmacro %}

{# The shortest text of a double that is not a whole number: 0.5, 1.7e-05. #}
{% macro double_text(value) -%}
    {{ return(adapter.dispatch('double_text', 'model_monitor')(value)) }}
{%- endmacro %}

{% macro default__double_text(value) -%}
    cast({{ value }} as {{ model_monitor.type_text() }})
{%- endmacro %}

{% macro raise_error(message) -%}
    {{ return(adapter.dispatch('raise_error', 'model_monitor')(message)) }}
{%- endmacro %}

{% macro default__raise_error(message) -%}
    cast({{ message }} as integer)
{%- endmacro %}

{% macro min_by(value, key) -%}
    {{ return(adapter.dispatch('min_by', 'model_monitor')(value, key)) }}
{%- endmacro %}

{% macro default__min_by(value, key) -%}
    min_by({{ value }}, {{ key }})
{%- endmacro %}

{#
    A 60-bit number that represents a key of several columns. Joining and grouping by it is several
    times cheaper than by ten texts, and it is the same in every run.
#}
{% macro key_number(columns) -%}
    {{ return(adapter.dispatch('key_number', 'model_monitor')(columns)) }}
{%- endmacro %}

{% macro default__key_number(columns) -%}
    cast(conv(left({{ model_monitor._key_digest(columns) }}, 15), 16, 10) as bigint)
{%- endmacro %}

{#
    The texts of a group, sorted and joined by '; '; null where there is none. Only rows that meet
    the condition count.
#}
{% macro joined_texts(expression, condition) -%}
    {{ return(adapter.dispatch('joined_texts', 'model_monitor')(expression, condition)) }}
{%- endmacro %}

{% macro default__joined_texts(expression, condition) -%}
    nullif(
        array_join(array_sort(collect_list(case when {{ condition }} then {{ expression }} end)), '; '),
        ''
    )
{%- endmacro %}

{# Whether a word matches any pattern in a comma-separated list. #}
{% macro is_like_any(word, patterns) -%}
    {{ return(adapter.dispatch('is_like_any', 'model_monitor')(word, patterns)) }}
{%- endmacro %}

{% macro default__is_like_any(word, patterns) -%}
    exists (
        select 1
        from unnest(string_to_array({{ patterns }}, ',')) as parts (part)
        where {{ model_monitor.is_like(word, 'parts.part') }}
    )
{%- endmacro %}

{# A distinct number for every row of a query; not the same in the next run. #}
{% macro row_number() -%}
    {{ return(adapter.dispatch('row_number', 'model_monitor')()) }}
{%- endmacro %}

{% macro default__row_number() -%}
    row_number() over ()
{%- endmacro %}

{% macro _key_digest(columns) -%}
    md5(concat_ws(chr(31)
    {%- for column in columns %}, cast({{ column }} as {{ model_monitor.type_text() }}){% endfor %}))
{%- endmacro %}

{# Whether a quoted name matches only itself, including upper and lower case. #}
{% macro names_are_exact() %}
    {{ return(adapter.dispatch('names_are_exact', 'model_monitor')()) }}
{% endmacro %}

{% macro default__names_are_exact() %}
    {{ return(false) }}
{% endmacro %}

{# A text to sort by where the order decides a result: by its bytes, the same on every engine. #}
{% macro text_order(expression) -%}
    {{ return(adapter.dispatch('text_order', 'model_monitor')(expression)) }}
{%- endmacro %}

{% macro default__text_order(expression) -%}
    {{ return(expression) }}
{%- endmacro %}

{#
    The keyword after `as` for a CTE that two others read in part: reading it twice costs less than
    storing it.
#}
{% macro read_twice() -%}
    {{ return(adapter.dispatch('read_twice', 'model_monitor')()) }}
{%- endmacro %}

{% macro default__read_twice() -%}
    {{ return('') }}
{%- endmacro %}

{% macro type_double() %}
    {{- return(adapter.dispatch('type_double', 'model_monitor')()) -}}
{% endmacro %}

{% macro default__type_double() %}
    {{- return('double precision') -}}
{% endmacro %}
