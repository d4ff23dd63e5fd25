{# Leaf expressions as DuckDB writes them. Every macro here has a portable default in default.sql. #}

{% macro duckdb__try_double(expression) -%}
    try_cast({{ expression }} as double)
{%- endmacro %}

{# A boolean casts to a number here; a text that says true or false is what the default makes of it. #}
{% macro duckdb__as_number(expression) -%}
    coalesce(
        try_cast({{ expression }} as double),
        case lower(cast({{ expression }} as varchar)) when 'true' then 1e0 when 'false' then 0e0 end
    )
{%- endmacro %}

{% macro duckdb__try_boolean(expression) -%}
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

{% macro duckdb__key_number(columns) -%}
    cast('0x' || left({{ model_monitor._key_digest(columns) }}, 15) as bigint)
{%- endmacro %}
