{#
    How the models of this package are built: as a view, as a table that each run replaces, or as a
    history that a run adds to. Hooks come only with an engine that needs them: dbt renders every
    hook of every model that it builds, also an empty one.
#}
{% macro view_model(materialized=none) -%}
    {{- model_monitor._configure({'materialized': model_monitor.build_kind(materialized) if materialized else none}) -}}
{%- endmacro %}

{% macro table_model() -%}
    {{- model_monitor._configure({'materialized': model_monitor.build_kind('table')}) -}}
{%- endmacro %}

{#
    replaced_by: the model that lists what a run counts again; its keys are those of unique_key.
    is_kept: no retention applies.
#}
{% macro history_model(
    strategy='touched', unique_key=none, replaced_by=none, is_kept=none, pre_hook=none, post_hook=none
) -%}
    {{- model_monitor._configure({
        'materialized': model_monitor.build_kind('incremental'),
        'incremental_strategy': strategy,
        'on_schema_change': 'append_new_columns',
        'full_refresh': false,
        'unique_key': unique_key,
        'meta': model_monitor._given({'replaced_by': replaced_by, 'is_kept': is_kept}),
    }, pre_hook, post_hook) -}}
    {%- do model_monitor._refuse_to_lose() -%}
{%- endmacro %}

{% macro _configure(settings, pre_hook=none, post_hook=none) -%}
    {%- set hooks = model_monitor.model_hooks() -%}
    {{- config(model_monitor._given(dict(
        settings,
        pre_hook=[hooks.before, pre_hook] | select | list,
        post_hook=[hooks.after, post_hook] | select | list,
    ))) -}}
{%- endmacro %}

{# Whether this run adds to what former runs have left in the table. #}
{% macro has_history() -%}
    {%- if is_incremental() -%}
        {{- return(true) -}}
    {%- elif not execute or model.config.materialized != 'monitor_history' -%}
        {{- return(false) -}}
    {%- endif -%}
    {%- set existing = load_cached_relation(this) -%}
    {{- return(existing is not none and existing.type == 'table') -}}
{%- endmacro %}

{# The settings that have a value: dbt takes none, an empty list or an empty mapping for one. #}
{% macro _given(settings) -%}
    {%- set given = {} -%}
    {%- for name, value in settings.items() if value is not none and value != [] and value != {} -%}
        {%- do given.update({name: value}) -%}
    {%- endfor -%}
    {{- return(given) -}}
{%- endmacro %}

{#
    A `models: +materialized:` of the root project overrides the settings of a package's models. It
    would rebuild a history in each run and lose what it holds: refused before anything is written.
    A unit test reads the same text and is built as something else.
#}
{% macro _refuse_to_lose() -%}
    {%- if execute and model.resource_type == 'model' and model.config.materialized != model_monitor.build_kind('incremental') -%}
        {%- do exceptions.raise_compiler_error(
            'model_monitor: the +materialized of your dbt_project.yml reaches into this package, whose '
            ~ 'tables keep what they hold from run to run. Valid: models: {' ~ project_name
            ~ ': {+materialized: ' ~ model.config.materialized ~ '}}, which is about your own models. Got: '
            ~ model.config.materialized ~ ' for ' ~ model.name ~ ', which is incremental.'
        ) -%}
    {%- endif -%}
{%- endmacro %}
