{#- How the lists of a monitor are judged: by which order, by which outcome, how deep at most. -#}
{% set rows = [] %}
{% for monitor in model_monitor.monitors() %}
    {% for outcome in model_monitor.ranked_outcomes(monitor) %}
        {% set orders = [monitor.ranking.order_by] %}
        {% if monitor.logs[0].columns.position is not none %}
            {% do orders.append('(served)') %}
        {% endif %}
        {% for score in orders %}
            {% do rows.append([
                model_monitor.text_literal(monitor.name),
                model_monitor.text_literal(outcome.log),
                model_monitor.text_literal(score),
                monitor.ranking.ks | max,
            ]) %}
        {% endfor %}
    {% endfor %}
{% endfor %}
{{ model_monitor.literal_rows([
    ['monitor', model_monitor.type_text()],
    ['log', model_monitor.type_text()],
    ['score', model_monitor.type_text()],
    ['k', 'integer'],
], rows) }}
