{#- The kinds of changes that trigger retraining. -#}
{{ model_monitor.view_model() }}
{% set rows = [] %}
{% for monitor in model_monitor.monitors() %}
    {% for kind in monitor.retraining.events %}
        {% do rows.append([
            model_monitor.text_literal(monitor.name), model_monitor.text_literal(kind)
        ]) %}
    {% endfor %}
{% endfor %}
{{ model_monitor.literal_rows([
    ['monitor', model_monitor.type_text()],
    ['kind', model_monitor.type_text()],
], rows) }}
