{{ model_monitor.view_model() }}
{% set rows = [] %}
{% for monitor in model_monitor.monitors() %}
    {% for name, protected in monitor.protected_slices.items() %}
        {% do rows.append([
            model_monitor.text_literal(monitor.name),
            model_monitor.text_literal(name),
            model_monitor.text_literal(protected.get('reference')),
        ]) %}
    {% endfor %}
{% endfor %}
{{ model_monitor.literal_rows([
    ['monitor', model_monitor.type_text()],
    ['slice_name', model_monitor.type_text()],
    ['chosen_group', model_monitor.type_text()],
], rows) }}
