{{ model_monitor.history_model(strategy='delete+insert', unique_key=['monitor', 'log']) }}
{#- The SQL that reads the raw rows of a log, as text, for the queries that reproduce an alert. One
    row per subject and one per metric. A person pastes the SQL and runs it. It reads rows up to
    as_of. Monitors outside this run keep their earlier text. -#}
{% set text = model_monitor.type_text() %}
{#- stands for a subject until the text is split there: no SQL contains this character -#}
{% set gap = '\u0000' %}
{% set stand_in = {'sql': gap, 'column': none} %}
{% set logs = [] %}
{% set subjects = [] %}
{% set metrics = [] %}
{% set outcomes = [] %}
{% set entities = [] %}
{% for monitor in model_monitor.chosen_monitors() %}
    {% for log in monitor.logs %}
        {#- rendered once per log, with a stand-in for the subject: column lookups run once -#}
        {% set here = [
            model_monitor.text_literal(monitor.name), model_monitor.text_literal(log.name)
        ] %}
        {% set source = dict(model_monitor.log_source(log), is_told=true) %}
        {% set reference_columns = model_monitor.reference_columns(monitor, log, source) %}
        {% set found = model_monitor.metric_expressions(log) %}
        {% set rows = (model_monitor.log_rows(log, [stand_in], source) | trim).split(gap) %}
        {% set reference = (
            model_monitor.reference_rows(monitor, log, [stand_in], is_told=true) | trim
        ).split(gap) %}
        {% do logs.append(here + [
            model_monitor.text_literal(rows[0]),
            model_monitor.text_literal(rows[1]) if rows[1:] else 'null',
            model_monitor.text_literal(reference[0]),
            model_monitor.text_literal(reference[1]) if reference[1:] else 'null',
            model_monitor.text_literal(
                model_monitor.log_rows(log, found.expressions, source) | trim
            ) if log.metrics else 'null',
        ]) %}
        {% for subject in log.subjects %}
            {% do subjects.append(here + [
                model_monitor.text_literal(subject.name),
                model_monitor.text_literal(
                    model_monitor.raw_expression(subject, source.columns.columns)
                ),
                model_monitor.text_literal(
                    model_monitor.raw_expression(subject, reference_columns)
                ),
                model_monitor.text_literal(model_monitor.raw_value(subject)),
            ]) %}
        {% endfor %}
        {% for metric in log.metrics %}
            {% do metrics.append(here + [
                model_monitor.text_literal(metric.name),
                model_monitor.text_literal(model_monitor.raw_metric(found.all[loop.index0])),
            ]) %}
        {% endfor %}
    {% endfor %}
    {% set predictions = monitor.logs[0] %}
    {% for entity, column in monitor.exposure.items() %}
        {% do entities.append([
            model_monitor.text_literal(monitor.name),
            model_monitor.text_literal(predictions.name),
            model_monitor.text_literal('(shown) ' ~ entity),
            model_monitor.text_literal(model_monitor.log_rows(
                predictions, [{'sql': adapter.quote(column), 'column': column}],
                dict(model_monitor.log_source(predictions), is_told=true)
            ) | trim),
            'false',
        ]) %}
    {% endfor %}
    {% for outcome in model_monitor.outcomes_of(monitor) %}
        {% if not outcome.in_row %}
            {% do outcomes.append([
                model_monitor.text_literal(monitor.name),
                model_monitor.text_literal(outcome.log),
                model_monitor.text_literal('(log)'),
                model_monitor.text_literal(model_monitor.raw_label_arrivals(monitor, outcome) | trim),
                'false',
            ]) %}
        {% endif %}
        {#- any class of a score represents all of them -#}
        {% set scores = {} %}
        {% for entry in outcome.entries %}
            {% do scores.update({entry.score: entry}) %}
        {% endfor %}
        {% for entry in (scores.values() | list) + [none] %}
            {% do outcomes.append([
                model_monitor.text_literal(monitor.name),
                model_monitor.text_literal(outcome.log),
                model_monitor.text_literal(entry.score if entry else '(labels) ' ~ outcome.name),
                model_monitor.text_literal(
                    model_monitor.raw_outcome_rows(monitor, outcome, entry) | trim
                ),
                'true' if entry and entry.kind == 'multiclass' else 'false',
            ]) %}
        {% endfor %}
        {% for entry in outcome.entries if monitor.costs is not none
            and entry.score == model_monitor.costed_score(monitor) %}
            {% do outcomes.append([
                model_monitor.text_literal(monitor.name),
                model_monitor.text_literal(outcome.log),
                model_monitor.text_literal('(worth) ' ~ entry.score),
                model_monitor.text_literal(
                    model_monitor.raw_worth_rows(monitor, outcome, entry) | trim
                ),
                'false',
            ]) %}
        {% endfor %}
        {% for entry in outcome.entries if entry.kind == 'multiclass' %}
            {% set rows = model_monitor.raw_rows_of_class(monitor, outcome, entry) | trim %}
            {% set label = ['(labels) ' ~ outcome.name ~ '.' ~ entry.class] if entry.is_first else [] %}
            {% for subject in [entry.subject.name] + label %}
                {% do outcomes.append([
                    model_monitor.text_literal(monitor.name),
                    model_monitor.text_literal(outcome.log),
                    model_monitor.text_literal(subject),
                    model_monitor.text_literal(rows),
                    'false',
                ]) %}
            {% endfor %}
        {% endfor %}
    {% endfor %}
{% endfor %}

with logs as (

    {{ model_monitor.literal_rows([
        ['monitor', text], ['log', text], ['rows_before', text], ['rows_after', text],
        ['reference_before', text], ['reference_after', text], ['metrics_sql', text],
    ], logs) | indent(4) }}

),

subjects as (

    {{ model_monitor.literal_rows([
        ['monitor', text], ['log', text], ['subject', text], ['expression', text],
        ['reference_expression', text], ['value_sql', text],
    ], subjects) | indent(4) }}

),

metrics as (

    {{ model_monitor.literal_rows([
        ['monitor', text], ['log', text], ['metric', text], ['metric_sql', text],
    ], metrics) | indent(4) }}

),

outcomes as (

    {{ model_monitor.literal_rows([
        ['monitor', text], ['log', text], ['subject', text], ['rows_sql', text],
        ['is_of_classes', 'boolean'],
    ], outcomes + entities) | indent(4) }}

),

final as (

    select
        subjects.monitor,
        subjects.log,
        subjects.subject,
        -- without a subject to read, as for an absent table, the text ends with the first part
        coalesce(logs.rows_before || subjects.expression || logs.rows_after, logs.rows_before)
            as rows_sql,
        coalesce(
            logs.reference_before || subjects.reference_expression || logs.reference_after,
            logs.reference_before
        ) as reference_sql,
        subjects.value_sql,
        cast(null as {{ text }}) as metric_sql,
        false as is_of_classes
    from subjects
    inner join logs
        on subjects.monitor = logs.monitor
        and subjects.log = logs.log

    union all

    select
        metrics.monitor,
        metrics.log,
        metrics.metric as subject,
        logs.metrics_sql as rows_sql,
        cast(null as {{ text }}) as reference_sql,
        cast(null as {{ text }}) as value_sql,
        metrics.metric_sql,
        false as is_of_classes
    from metrics
    inner join logs
        on metrics.monitor = logs.monitor
        and metrics.log = logs.log

    union all

    select
        monitor,
        log,
        subject,
        rows_sql,
        cast(null as {{ text }}) as reference_sql,
        cast(null as {{ text }}) as value_sql,
        cast(null as {{ text }}) as metric_sql,
        is_of_classes
    from outcomes

    union all

    select
        monitor,
        log,
        '(log)' as subject,
        coalesce(rows_before || 'null' || rows_after, rows_before) as rows_sql,
        cast(null as {{ text }}) as reference_sql,
        cast(null as {{ text }}) as value_sql,
        cast(null as {{ text }}) as metric_sql,
        false as is_of_classes
    from logs

)

select * from final
