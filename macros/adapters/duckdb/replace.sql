{% macro duckdb__build_kind(kind) -%}
    {{ return(model_monitor._faster_kind(kind)) }}
{%- endmacro %}
