{{ model_monitor.view_model() }}
{% set rows = [] %}
{% for monitor in model_monitor.monitors() %}
    {% for log in monitor.logs if log.from is none %}
        {% set columns = model_monitor.log_columns(log).columns %}
        {% for subject in log.subjects if subject.column is not none %}
            {% set data_type = columns.get(subject.column | lower) %}
            {% do rows.append([
                model_monitor.text_literal(monitor.name),
                model_monitor.text_literal(log.name),
                model_monitor.text_literal(subject.name),
                model_monitor.text_literal(data_type),
                model_monitor.text_literal(model_monitor.type_kind(data_type)),
            ]) %}
        {% endfor %}
    {% endfor %}
{% endfor %}
{{ model_monitor.literal_rows([
    ['monitor', model_monitor.type_text()],
    ['log', model_monitor.type_text()],
    ['subject', model_monitor.type_text()],
    ['data_type', model_monitor.type_text()],
    ['type_kind', model_monitor.type_text()],
], rows) }}
