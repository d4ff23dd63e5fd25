{#
    The version of the stored rows. Raise it with every change after which rows of an earlier
    version cannot be continued: a renamed column, another meaning of a count or of a comparison,
    another window. Rows of two versions in one table would give one name two meanings.
#}
{% macro stored_shape() %}
    {{ return(5) }}
{% endmacro %}

{# Stops a run before it reads a log if the last finished run stored rows of another shape. #}
{% macro refuse_other_shape() %}
    {%- set relation = model_monitor.built_relation('monitor_watermarks') -%}
    {%- if relation is not none -%}
        {%- set names = adapter.get_columns_in_relation(relation) | map(attribute='name') | map('lower') | list -%}
        {%- set found = run_query(
            'select ' ~ ('stored_shape' if 'stored_shape' in names else 'cast(null as integer)')
            ~ ' as stored_shape from ' ~ relation ~ ' order by run_number desc limit 1'
        ).rows -%}
        {%- if found | length > 0 and found[0][0] != model_monitor.stored_shape() -%}
            {%- do exceptions.raise_compiler_error(
                'model_monitor: another version of this package stored the results in ' ~ relation.schema
                ~ ' (shape ' ~ (found[0][0] or 'unknown') ~ '; this version stores shape '
                ~ model_monitor.stored_shape() ~ '), and this version cannot continue them. Run '
                ~ 'model-monitor rebuild --all: it counts everything again from the logs and keeps the audit, '
                ~ 'the deliveries and the list of runs. Results of days that the logs no longer hold are lost: '
                ~ 'copy the schema first if you need them.'
            ) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
