{{ model_monitor.view_model() }}
{% set rows = [] %}
{% for monitor in model_monitor.monitors() %}
    {% for log in monitor.logs %}
        {% for subject in log.subjects if subject.sla %}
            {% for figure, most in subject.sla.items() %}
                {% do rows.append([
                    model_monitor.text_literal(monitor.name),
                    model_monitor.text_literal(log.name),
                    model_monitor.text_literal(subject.name),
                    "'" ~ figure ~ "'",
                    most,
                ]) %}
            {% endfor %}
        {% endfor %}
    {% endfor %}
{% endfor %}
{{ model_monitor.literal_rows([
    ['monitor', model_monitor.type_text()],
    ['log', model_monitor.type_text()],
    ['subject', model_monitor.type_text()],
    ['figure', model_monitor.type_text()],
    ['sla_limit', model_monitor.type_double()],
], rows) }}
