{{ model_monitor.view_model() }}
{% set rows = [] %}
{% for monitor in model_monitor.monitors() %}
    {% for outcome in model_monitor.outcomes_of(monitor) %}
        {% for entry in outcome.entries %}
            {% do rows.append([
                model_monitor.text_literal(monitor.name),
                model_monitor.text_literal(outcome.log),
                model_monitor.text_literal(outcome.name),
                model_monitor.text_literal(entry.score),
                model_monitor.text_literal(entry.class),
                model_monitor.text_literal(entry.kind),
                model_monitor.text_literal(entry.subject.name),
                model_monitor.value_literal(entry.subject.critical),
                loop.index,
                (monitor.scores | list).index(entry.score),
                model_monitor.value_literal(entry.is_first),
            ]) %}
        {% endfor %}
    {% endfor %}
{% endfor %}
{{ model_monitor.literal_rows([
    ['monitor', model_monitor.type_text()],
    ['log', model_monitor.type_text()],
    ['outcome', model_monitor.type_text()],
    ['score', model_monitor.type_text()],
    ['class', model_monitor.type_text()],
    ['score_kind', model_monitor.type_text()],
    ['subject', model_monitor.type_text()],
    ['is_critical', 'boolean'],
    ['class_position', 'integer'],
    ['score_position', 'integer'],
    ['is_first', 'boolean'],
], rows) }}
