{# Leaf expressions as DuckDB writes them. Every macro here has a portable default in default.sql. #}

{% macro duckdb__try_double(expression) -%}
    try_cast({{ expression }} as double)
{%- endmacro %}

{% macro duckdb__as_number(expression) -%}
    try_cast({{ expression }} as double)
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
