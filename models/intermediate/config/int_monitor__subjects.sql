{% set rows = [] %}
{% for monitor in model_monitor.monitors() %}
    {% for log in monitor.logs %}
        {% for subject in log.subjects %}
            {% do rows.append([
                model_monitor.text_literal(monitor.name),
                model_monitor.text_literal(log.name),
                model_monitor.text_literal(subject.name),
                loop.index,
                model_monitor.text_literal(subject.kind),
                model_monitor.text_literal(subject.type),
                model_monitor.value_literal(subject.probability),
                model_monitor.value_literal(subject.importance),
                model_monitor.value_literal(subject.critical),
                model_monitor.value_literal(subject.watch),
                model_monitor.value_literal(subject.primary),
                model_monitor.value_literal(subject.min),
                model_monitor.value_literal(subject.max),
                model_monitor.value_literal(subject.stale_above),
                model_monitor.text_literal(subject.definition),
            ]) %}
        {% endfor %}
    {% endfor %}
{% endfor %}
{{ model_monitor.literal_rows([
    ['monitor', model_monitor.type_text()],
    ['log', model_monitor.type_text()],
    ['subject', model_monitor.type_text()],
    ['subject_position', 'integer'],
    ['subject_kind', model_monitor.type_text()],
    ['subject_type', model_monitor.type_text()],
    ['is_probability', 'boolean'],
    ['importance', model_monitor.type_double()],
    ['is_critical', 'boolean'],
    ['is_watched', 'boolean'],
    ['is_primary', 'boolean'],
    ['min_allowed', model_monitor.type_double()],
    ['max_allowed', model_monitor.type_double()],
    ['stale_above', model_monitor.type_double()],
    ['definition', model_monitor.type_text()],
], rows) }}
