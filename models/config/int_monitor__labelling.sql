{#- The labelling request: which score, how many predictions per run, how far back. -#}
{{ model_monitor.view_model() }}
{% set rows = [] %}
{% for monitor in model_monitor.monitors() %}
    {% set asked = model_monitor.labelling_of(monitor) %}
    {% if asked is not none %}
        {% do rows.append([
            model_monitor.text_literal(monitor.name),
            model_monitor.text_literal(asked.outcome.log),
            model_monitor.text_literal(monitor.labelling.score),
            monitor.labelling.budget,
            monitor.labelling.within,
        ]) %}
    {% endif %}
{% endfor %}
{{ model_monitor.literal_rows([
    ['monitor', model_monitor.type_text()],
    ['log', model_monitor.type_text()],
    ['score', model_monitor.type_text()],
    ['budget', 'integer'],
    ['within_days', 'integer'],
], rows) }}
