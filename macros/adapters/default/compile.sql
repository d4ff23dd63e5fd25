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
    cannot be read still stops the run. `columns` are those of the relation ({lower-case name:
    type}), for an engine that casts what the others refuse.
#}
{% macro binding_errors(queries, columns={}) -%}
    {{ return(adapter.dispatch('binding_errors', 'model_monitor')(queries, columns)) }}
{%- endmacro %}

{% macro default__binding_errors(queries, columns) %}
    {{ return([none] * queries | length) }}
{% endmacro %}

{#
    An expression over the columns of a relation that is null where a row's value makes it fail; with
    `per`, an aggregate by that column, null for a group of which a row does.
#}
{% macro guarded(expression, relation, columns, per=none) -%}
    {{ return(adapter.dispatch('guarded', 'model_monitor')(expression, relation, columns, per)) }}
{%- endmacro %}

{% macro default__guarded(expression, relation, columns, per=none) -%}
    {{ return(expression) }}
{%- endmacro %}

{# The statement after which a session understands expressions that are guarded so; none by default. #}
{% macro guard_statement(expressions, relation, columns, per=none) -%}
    {{ return(adapter.dispatch('guard_statement', 'model_monitor')(expressions, relation, columns, per)) }}
{%- endmacro %}

{% macro default__guard_statement(expressions, relation, columns, per=none) -%}
    {{ return(none) }}
{%- endmacro %}

{#
    The types of v0… of the rows that a query gives, for engines whose casts depend on them: a list of
    `count` names that try_double and the like understand, or none each.
#}
{% macro value_types(rows, count) -%}
    {{ return(adapter.dispatch('value_types', 'model_monitor')(rows, count)) }}
{%- endmacro %}

{% macro default__value_types(rows, count) %}
    {{ return([none] * count) }}
{% endmacro %}
