{{ model_monitor.view_model() }}
{% set rows = [] %}
{% for monitor in model_monitor.monitors() %}
    {% for entity, column in monitor.exposure.items() %}
        {% do rows.append([
            model_monitor.text_literal(monitor.name),
            model_monitor.text_literal(entity),
            model_monitor.text_literal(column),
        ]) %}
    {% endfor %}
{% endfor %}
{{ model_monitor.literal_rows([
    ['monitor', model_monitor.type_text()],
    ['entity', model_monitor.type_text()],
    ['column_name', model_monitor.type_text()],
], rows) }}
