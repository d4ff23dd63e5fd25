{# Leaf expressions that differ between warehouses: the portable form, and the dispatch. Nothing else may differ. #}

{% macro type_text() -%}
    {{ return(dbt.type_string()) }}
{%- endmacro %}

{% macro try_double(expression) -%}
    {{ return(adapter.dispatch('try_double', 'model_monitor')(expression)) }}
{%- endmacro %}

{% macro default__try_double(expression) -%}
    try_cast({{ expression }} as {{ model_monitor.type_double() }})
{%- endmacro %}

{# A number as it is, a boolean as 0 or 1; null for what is neither. #}
{% macro as_number(expression) -%}
    {{ return(adapter.dispatch('as_number', 'model_monitor')(expression)) }}
{%- endmacro %}

{% macro default__as_number(expression) -%}
    case lower(cast({{ expression }} as {{ model_monitor.type_text() }}))
        when 'true' then 1e0
        when 'false' then 0e0
        else {{ model_monitor.try_double(expression) }}
    end
{%- endmacro %}

{% macro try_boolean(expression) -%}
    {{ return(adapter.dispatch('try_boolean', 'model_monitor')(expression)) }}
{%- endmacro %}

{% macro default__try_boolean(expression) -%}
    try_cast({{ expression }} as boolean)
{%- endmacro %}

{% macro try_timestamp(expression, data_type) -%}
    {{ return(adapter.dispatch('try_timestamp', 'model_monitor')(expression, data_type)) }}
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

{# A number of 60 bits that stands for a key of several columns: joins and groups by it are several
   times cheaper than by ten texts, and it is the same in every run. #}
{% macro key_number(columns) -%}
    {{ return(adapter.dispatch('key_number', 'model_monitor')(columns)) }}
{%- endmacro %}

{% macro default__key_number(columns) -%}
    cast(conv(left({{ model_monitor._key_digest(columns) }}, 15), 16, 10) as bigint)
{%- endmacro %}

{% macro _key_digest(columns) -%}
    md5(concat_ws(chr(31)
    {%- for column in columns %}, cast({{ column }} as {{ model_monitor.type_text() }}){% endfor %}))
{%- endmacro %}

{# The columns of a relation, or none if there is no such relation. #}
{% macro columns_of(relation) -%}
    {{ return(adapter.dispatch('columns_of', 'model_monitor')(relation)) }}
{%- endmacro %}

{% macro default__columns_of(relation) %}
    {% set existing = load_relation(relation) %}
    {{ return(none if existing is none else adapter.get_columns_in_relation(existing)) }}
{% endmacro %}

{#
    Per query none, or why the warehouse would refuse it: {'message', 'column' that is not there or
    none}. A warehouse that cannot say so without failing says nothing: there an expression that
    cannot be read still stops the run.
#}
{% macro binding_errors(queries) -%}
    {{ return(adapter.dispatch('binding_errors', 'model_monitor')(queries)) }}
{%- endmacro %}

{% macro default__binding_errors(queries) %}
    {{ return([none] * queries | length) }}
{% endmacro %}

{# An expression that is null where a row's value makes it fail. #}
{% macro guarded(expression) -%}
    {{ return(adapter.dispatch('guarded', 'model_monitor')(expression)) }}
{%- endmacro %}

{% macro default__guarded(expression) -%}
    {{ return(expression) }}
{%- endmacro %}
