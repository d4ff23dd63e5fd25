{#
    The source that the rulers of a log are frozen from. training: the relation under `reference:`
    (only for the prediction log: training rows are a sample, and a sample has no complete
    requests); period: the configured days of the log itself; first_days: the log's first complete
    days, seven or as many weeks as it takes to have limits.min_rows rows, at most four.
#}
{% macro reference_kind(monitor, log) %}
    {% set reference = monitor.reference %}
    {% if reference is not none and reference.relation is not none and log.name == 'predictions' %}
        {{ return('training') }}
    {% elif reference is not none and reference.get('from') is not none and reference.relation is none %}
        {{ return('period') }}
    {% endif %}
    {{ return('first_days') }}
{% endmacro %}

{#
    The columns and expressions of the relation under `reference:`, as log_columns returns them for
    a log.
#}
{% macro training_columns(monitor, log) %}
    {% set relation = model_monitor.relation(monitor.reference.relation) %}
    {% set asked = [] %}
    {% for subject in log.subjects if subject.kind != 'context' %}
        {% do asked.append(subject.column) %}
    {% endfor %}
    {% set found = model_monitor.relation_columns(relation, asked | reject('none') | unique | list) %}
    {% do model_monitor.check_expressions(found, relation, {
        'where': monitor.reference.where,
        'per': none,
        'expressions': model_monitor.log_expressions(dict(log, metrics=[], costs={}), log.subjects),
    }) %}
    {{ return(found) }}
{% endmacro %}

{#
    The rows that the rulers of a log are frozen from, as log_rows reads them: live, control only.
    is_told: a text for somebody else to run, not for this session.
#}
{% macro reference_rows(monitor, log, subjects, is_told=false) %}
    {% if model_monitor.reference_kind(monitor, log) == 'training' %}
        {% set found = model_monitor.training_columns(monitor, log) %}
        {% set time = monitor.reference.time or log.columns.time %}
        {% set dated = monitor.reference.time is not none or time | lower in found.columns %}
        {% set source = {
            'relation': model_monitor.relation(monitor.reference.relation),
            'columns': found,
            'where': monitor.reference.where,
            'time': time,
            'dated': dated,
            'is_reference': true,
            'is_told': is_told,
            'bounds': none,
        } %}
{{ model_monitor.log_rows(log, subjects, source) }}
    {% else %}
        {% set here = 'from ' ~ ref('model_monitor', 'int_monitor__reference_windows')
            ~ ' where monitor = ' ~ model_monitor.text_literal(monitor.name)
            ~ ' and log = ' ~ model_monitor.text_literal(log.name) %}
        {% set source = dict(model_monitor.log_source(
            log, ['(select reference_from ' ~ here ~ ')', '(select reference_to ' ~ here ~ ')']
        ), is_told=is_told) %}
select
    *
from (
    {{ model_monitor.log_rows(log, subjects, source) | indent(4) }}
) as reference_period
where role = 'live'
    and arm in ('', {{ model_monitor.text_literal(log.control or '') }})
    {% endif %}
{% endmacro %}

{# Does the source of the log's rulers have this column? #}
{% macro reference_has(monitor, log, column) %}
    {% if model_monitor.reference_kind(monitor, log) != 'training' %}
        {{ return(true) }}
    {% endif %}
    {{ return(not model_monitor.relation_columns(
        model_monitor.relation(monitor.reference.relation), [column]
    ).absent) }}
{% endmacro %}

{#
    How many weeks the reference of a log without a stated one needs, as far as is known: 1 to 4.
    One row, for a log of open_logs. Once a ruler is frozen it reads nothing.
#}
{% macro first_week_counts(monitor, log) %}
    {% set here = 'monitor = ' ~ model_monitor.text_literal(monitor.name)
        ~ ' and log = ' ~ model_monitor.text_literal(log.name) %}
    {% set first_day = '(select first_day from open_logs where ' ~ here ~ ')' %}
    {% set source = model_monitor.log_source(
        log, [first_day, '(select first_day + interval \'21 days\' from open_logs where ' ~ here ~ ')']
    ) %}
select
    open_logs.monitor,
    open_logs.log,
    1
    {%- for days in [7, 14, 21] %}
    + case
        when open_logs.first_day + interval '{{ days }} days' <= open_logs.complete_through
            and count(case when log_rows.event_time < open_logs.first_day + interval '{{ days }} days'
                then 1 end) < {{ monitor.limits.min_rows }} then 1
        else 0
    end
    {%- endfor %} as weeks
from open_logs
left join (
    select *
    from (
        {{ model_monitor.log_rows(dict(log, slices=[]), [], source) | indent(8) }}
    ) as first_rows
    where exists (select 1 from open_logs where {{ here }})
) as log_rows
    on log_rows.role = 'live'
    and log_rows.arm in ('', {{ model_monitor.text_literal(log.control or '') }})
where {{ here }}
group by open_logs.monitor, open_logs.log, open_logs.first_day, open_logs.complete_through
{% endmacro %}
