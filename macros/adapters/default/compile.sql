{# The columns of a relation; none if there is no such relation. #}
{% macro columns_of(relation) -%}
    {{ return(adapter.dispatch('columns_of', 'model_monitor')(relation)) }}
{%- endmacro %}

{% macro default__columns_of(relation) %}
    {% set existing = load_relation(relation) %}
    {{ return(none if existing is none else adapter.get_columns_in_relation(existing)) }}
{% endmacro %}

{#
    For each query: none, or why the warehouse would refuse it, as {'message', 'column'}, where
    `column` is the missing column or none. A warehouse that cannot report this without failing
    reports nothing: there an unreadable expression still stops the run. `columns` are the columns
    of the relation ({lower-case name: type}), for an engine that casts values where others refuse.
#}
{% macro binding_errors(queries, columns={}) -%}
    {{ return(adapter.dispatch('binding_errors', 'model_monitor')(queries, columns)) }}
{%- endmacro %}

{% macro default__binding_errors(queries, columns) %}
    {{ return([none] * queries | length) }}
{% endmacro %}

{#
    An expression over the columns of a relation that is null where a row's value makes it fail.
    With `per`, an aggregate by that column, null for a group in which any row makes it fail.
#}
{% macro guarded(expression, relation, columns, per=none) -%}
    {{ return(adapter.dispatch('guarded', 'model_monitor')(expression, relation, columns, per)) }}
{%- endmacro %}

{% macro default__guarded(expression, relation, columns, per=none) -%}
    {{ return(expression) }}
{%- endmacro %}

{# The statement that defines guarded expressions in a session; none by default. #}
{% macro guard_statement(expressions, relation, columns, per=none) -%}
    {{ return(adapter.dispatch('guard_statement', 'model_monitor')(expressions, relation, columns, per)) }}
{%- endmacro %}

{% macro default__guard_statement(expressions, relation, columns, per=none) -%}
    {{ return(none) }}
{%- endmacro %}

{#
    The types of the columns v0… of a query, for engines whose casts depend on them: a list of
    `count` names that try_double and similar macros understand, each none where unknown.
#}
{% macro value_types(rows, count) -%}
    {{ return(adapter.dispatch('value_types', 'model_monitor')(rows, count)) }}
{%- endmacro %}

{% macro default__value_types(rows, count) %}
    {{ return([none] * count) }}
{% endmacro %}
