{# Expressions in DuckDB's dialect. Each has a portable default in ../default. #}

{% macro duckdb__try_double(expression, data_type=none) -%}
    try_cast({{ expression }} as double)
{%- endmacro %}

{# A boolean casts to a number here. The texts true and false become 1 and 0, as in the default. #}
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

{# A cast of a text to timestamp ignores its time zone; only a cast to timestamptz reads it. #}
{% macro duckdb__try_timestamp(expression, data_type) -%}
    {%- set data_type = data_type | lower -%}
    {%- if 'with time zone' in data_type or data_type == 'timestamptz' -%}
    ({{ expression }} at time zone 'UTC')
    {%- elif modules.re.search('char|text', data_type) -%}
    case
        when regexp_matches({{ expression }}, '{{ model_monitor.zone_at_end() }}')
            then try_cast(regexp_replace({{ expression }}, ' ([+-])', '\1') as timestamptz) at time zone 'UTC'
        else try_cast({{ expression }} as timestamp)
    end
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

{% macro duckdb__is_like_any(word, patterns) -%}
    len(list_filter(
        string_split({{ patterns }}, ','), lambda part: {{ model_monitor.is_like(word, 'part') }}
    )) > 0
{%- endmacro %}

{% macro duckdb__key_number(columns) -%}
    cast('0x' || left({{ model_monitor._key_digest(columns) }}, 15) as bigint)
{%- endmacro %}

{% macro duckdb__type_double() %}
    {{- return('double') -}}
{% endmacro %}
