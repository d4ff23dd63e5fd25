{{ model_monitor.view_model() }}
{% set rows = [] %}
{% for monitor in model_monitor.monitors() %}
    {% for log in monitor.logs %}
        {% set monitor_name = model_monitor.text_literal(monitor.name) %}
        {% set log_name = model_monitor.text_literal(log.name) %}
        {% for subject in log.subjects %}
            {% set row = [
                monitor_name,
                log_name,
                model_monitor.text_literal(subject.name),
                loop.index,
                "'" ~ subject.kind ~ "'",
                "'" ~ subject.type ~ "'",
            ] %}
            {% for value in [
                subject.probability, subject.importance, subject.critical, subject.watch,
                subject.primary, subject.min, subject.max, subject.stale_above,
                subject.low_confidence,
            ] %}
                {% do row.append(model_monitor.value_literal(value)) %}
            {% endfor %}
            {% do rows.append(row + [
                model_monitor.text_literal(subject.definition),
                model_monitor.value_literal(subject.column in monitor.protected_slices),
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
    ['low_confidence', model_monitor.type_double()],
    ['definition', model_monitor.type_text()],
    ['is_protected', 'boolean'],
], rows) }}
