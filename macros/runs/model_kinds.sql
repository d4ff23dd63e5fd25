{#
    How the models of this package are built: as a view, as a table that each run replaces, or as a
    history that a run adds to. Hooks come only with an engine that needs them: dbt renders every
    hook of every model when it parses and again when it runs, which is a third of a parse.
#}
{% macro view_model(materialized=none) -%}
    {{- model_monitor._with_hooks({'materialized': materialized} if materialized else {}) -}}
{%- endmacro %}

{% macro table_model() -%}
    {{- model_monitor._with_hooks({'materialized': 'table'}) -}}
{%- endmacro %}

{#
    replaced_by: the model that lists what a run counts anew; its keys are those of unique_key.
    meta.is_kept: no retention applies.
#}
{% macro history_model(
    strategy='touched', unique_key=none, replaced_by=none, is_kept=false, pre_hook=[], post_hook=[]
) -%}
    {%- set meta = {} -%}
    {%- if replaced_by -%}
        {%- do meta.update({'replaced_by': replaced_by}) -%}
    {%- endif -%}
    {%- if is_kept -%}
        {%- do meta.update({'is_kept': true}) -%}
    {%- endif -%}
    {%- set settings = {
        'materialized': 'incremental',
        'incremental_strategy': strategy,
        'on_schema_change': 'append_new_columns',
        'full_refresh': false,
    } -%}
    {%- if unique_key -%}
        {%- do settings.update({'unique_key': unique_key}) -%}
    {%- endif -%}
    {%- if meta -%}
        {%- do settings.update({'meta': meta}) -%}
    {%- endif -%}
    {{- model_monitor._with_hooks(settings, pre_hook, post_hook) -}}
    {%- do model_monitor._refuse_to_lose() -%}
{%- endmacro %}

{% macro _with_hooks(settings, pre_hook=[], post_hook=[]) -%}
    {%- set before = model_monitor.hooks_before_model() + ([pre_hook] if pre_hook is string else pre_hook) -%}
    {%- set after = model_monitor.hooks_after_model() + ([post_hook] if post_hook is string else post_hook) -%}
    {%- if before -%}
        {%- do settings.update({'pre_hook': before}) -%}
    {%- endif -%}
    {%- if after -%}
        {%- do settings.update({'post_hook': after}) -%}
    {%- endif -%}
    {{- config(settings) -}}
{%- endmacro %}

{#
    A `models: +materialized:` of the root project overrides the settings of a package's models. It
    would rebuild a history in each run and lose what it holds: refused before anything is written.
    A unit test reads the same text and is built as something else.
#}
{% macro _refuse_to_lose() -%}
    {%- if execute and model.resource_type == 'model' and model.config.materialized != 'incremental' -%}
        {%- do exceptions.raise_compiler_error(
            'model_monitor: the +materialized of your dbt_project.yml reaches into this package, whose '
            ~ 'tables keep what they hold from run to run. Valid: models: {' ~ project_name
            ~ ': {+materialized: ' ~ model.config.materialized ~ '}}, which is about your own models. Got: '
            ~ model.config.materialized ~ ' for ' ~ model.name ~ ', which is incremental.'
        ) -%}
    {%- endif -%}
{%- endmacro %}
