{#
    The observed outcomes of the scores in the training data, by bin: rows of log, score, subject,
    bin, row_count and event_count. Only for outcomes with a column in `reference: outcomes`.
#}
{% macro training_outcomes(monitor) %}
    {% set found = [] %}
    {% if model_monitor.reference_kind(monitor, monitor.logs[0]) == 'training' %}
        {% for outcome in model_monitor.outcomes_of(monitor)
            if outcome.name in monitor.reference.outcomes %}
            {% for entry in outcome.entries if entry.kind in ['binary', 'multiclass'] %}
                {% do found.append({
                    'outcome': outcome,
                    'entry': entry,
                    'column': monitor.reference.outcomes[outcome.name],
                }) %}
            {% endfor %}
        {% endfor %}
    {% endif %}
    {{ return(found) }}
{% endmacro %}

{% macro training_calibration(monitor, given) %}
{% set log = monitor.logs[0] %}
{% set subject = given.entry.subject %}
{% set rows = model_monitor.reference_rows(monitor, log, [
    {'sql': subject.sql, 'column': subject.column},
    {'sql': adapter.quote(given.column), 'column': given.column},
]) %}
{% set types = model_monitor.value_types(rows, 2) %}
(
    select
        {{ model_monitor.text_literal(monitor.name) }} as monitor,
        {{ model_monitor.text_literal(given.outcome.log) }} as log,
        {{ model_monitor.text_literal(given.entry.score) }} as score,
        {{ model_monitor.text_literal(given.entry.class) }} as class,
        bins.bin,
        count(*) as row_count,
        sum(case when labelled.y = {{ model_monitor.text_literal(given.entry.class)
            if given.entry.kind == 'multiclass' else 1 }} then 1 else 0 end) as event_count
    from (
        select
            {{ model_monitor.try_double('v0', types[0]) }} as x,
            {{ model_monitor._label_value(given.outcome, 'v1', types[1]) }} as y
        from (
            {{ rows | indent(12) }}
        ) as training_rows
        where exists (
            select 1
            from pending
            where monitor = {{ model_monitor.text_literal(monitor.name) }}
                and log = {{ model_monitor.text_literal(given.outcome.log) }}
        )
    ) as labelled
    inner join {{ ref('model_monitor', 'int_monitor__ruler_bins') }} as bins
        on bins.monitor = {{ model_monitor.text_literal(monitor.name) }}
        and bins.log = {{ model_monitor.text_literal(log.name) }}
        and bins.subject = {{ model_monitor.text_literal(subject.name) }}
        and bins.bin between 0 and 999
        and (labelled.x <= bins.upper_edge or bins.upper_edge is null)
        and (
            labelled.x > bins.lower_edge
            or bins.lower_edge is null
            or (bins.lower_edge = bins.upper_edge and labelled.x = bins.upper_edge)
        )
    where labelled.y is not null
        and {{ model_monitor.is_valid_number(subject, 'labelled.x') }}
    group by bins.bin
)
{% endmacro %}
