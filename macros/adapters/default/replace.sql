{# The statement an engine needs before it fills a sketch table that dbt may just have created. #}
{% macro before_sketches(relation) -%}
    {{ return(adapter.dispatch('before_sketches', 'model_monitor')(relation)) }}
{%- endmacro %}

{% macro default__before_sketches(relation) %}
    {{ return('') }}
{% endmacro %}

{# The statement that restores an engine's settings after a sketch. #}
{% macro after_sketches() -%}
    {{ return(adapter.dispatch('after_sketches', 'model_monitor')()) }}
{%- endmacro %}

{% macro default__after_sketches() %}
    {{ return('') }}
{% endmacro %}

{# The keyword after `as` for a CTE that is read more than once and computed once. #}
{% macro materialized() -%}
    {{ return(adapter.dispatch('materialized', 'model_monitor')()) }}
{%- endmacro %}

{% macro default__materialized() -%}
    {{ return('materialized') }}
{%- endmacro %}

{#
    The materialization of a view, a table, or a history (`incremental`): dbt's own, unless an engine
    has a faster one.
#}
{% macro build_kind(kind) -%}
    {{ return(adapter.dispatch('build_kind', 'model_monitor')(kind)) }}
{%- endmacro %}

{% macro default__build_kind(kind) %}
    {{ return(kind) }}
{% endmacro %}

{#
    The hooks of every model, as texts that dbt renders when it builds one: {before, after}, none
    unless an engine needs them.
#}
{% macro model_hooks() -%}
    {{ return(adapter.dispatch('model_hooks', 'model_monitor')()) }}
{%- endmacro %}

{% macro default__model_hooks() %}
    {{ return({'before': none, 'after': none}) }}
{% endmacro %}

{# The rows of a seed. dbt looks for a macro of this name in the package of the seed first. #}
{% macro load_csv_rows(model, agate_table) -%}
    {{ return(adapter.dispatch('load_seed', 'model_monitor')(model, agate_table)) }}
{%- endmacro %}

{% macro default__load_seed(model, agate_table) -%}
    {{ return(dbt.load_csv_rows(model, agate_table)) }}
{%- endmacro %}
