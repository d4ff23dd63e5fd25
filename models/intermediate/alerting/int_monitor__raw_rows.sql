{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['monitor', 'log'],
    on_schema_change='append_new_columns',
    full_refresh=false
) }}
{#- The SQL that reads the raw rows of a log, as text, for the queries that reproduce an alert: one
    row per subject, and one per metric. It is written here and run by whoever pastes it. What
    it reads ends at as_of: of a monitor that the run is not about it stays as it was. -#}
{% set rows = [] %}
{% set stand_in = {'sql': '{subject}', 'column': none} %}
{% for monitor in model_monitor.chosen_monitors() %}
    {% for log in monitor.logs %}
        {#- rendered once per log, with a stand-in for the subject: columns are asked for once -#}
        {% set source = model_monitor.log_source(log) %}
        {% set rows_sql = model_monitor.log_rows(log, [stand_in], source) | trim %}
        {% set reference_sql = model_monitor.reference_rows(monitor, log, [stand_in]) | trim %}
        {% set reference_columns = model_monitor.reference_columns(monitor, log, source) %}
        {% for subject in log.subjects %}
            {% do rows.append([
                model_monitor.text_literal(monitor.name),
                model_monitor.text_literal(log.name),
                model_monitor.text_literal(subject.name),
                model_monitor.text_literal(rows_sql | replace(
                    '{subject}', model_monitor.raw_expression(subject, source.columns.columns)
                )),
                model_monitor.text_literal(reference_sql | replace(
                    '{subject}', model_monitor.raw_expression(subject, reference_columns)
                )),
                model_monitor.text_literal(model_monitor.raw_value(subject)),
                'null',
            ]) %}
        {% endfor %}
        {% set found = model_monitor.metric_expressions(log) %}
        {% set metrics_sql = model_monitor.log_rows(log, found.expressions, source) | trim %}
        {% for metric in log.metrics %}
            {% do rows.append([
                model_monitor.text_literal(monitor.name),
                model_monitor.text_literal(log.name),
                model_monitor.text_literal(metric.name),
                model_monitor.text_literal(metrics_sql),
                'null',
                'null',
                model_monitor.text_literal(model_monitor.raw_metric(found.all[loop.index0])),
            ]) %}
        {% endfor %}
    {% endfor %}
    {% for outcome in model_monitor.outcomes_of(monitor) if outcome['value'] != 'class' %}
        {% for entry in outcome.entries + [none] %}
            {% do rows.append([
                model_monitor.text_literal(monitor.name),
                model_monitor.text_literal(outcome.log),
                model_monitor.text_literal(entry.score if entry else outcome.name),
                model_monitor.text_literal(
                    model_monitor.raw_outcome_rows(monitor, outcome, entry) | trim
                ),
                'null',
                'null',
                'null',
            ]) %}
        {% endfor %}
    {% endfor %}
{% endfor %}
{{ model_monitor.literal_rows([
    ['monitor', model_monitor.type_text()],
    ['log', model_monitor.type_text()],
    ['subject', model_monitor.type_text()],
    ['rows_sql', model_monitor.type_text()],
    ['reference_sql', model_monitor.type_text()],
    ['value_sql', model_monitor.type_text()],
    ['metric_sql', model_monitor.type_text()],
], rows) }}
