{#- The metrics that evaluate ranked lists: one row per outcome, order, metric and depth. A metric
    named without a depth uses the largest configured depth. -#}
{{ model_monitor.view_model() }}
{% set rows = [] %}
{% for monitor in model_monitor.monitors() %}
    {% for outcome in model_monitor.ranked_outcomes(monitor) %}
        {% set orders = [monitor.ranking.order_by] %}
        {% if monitor.logs[0].columns.position is not none %}
            {% do orders.append('(served)') %}
        {% endif %}
        {% set depths = {'': monitor.ranking.ks | max} %}
        {% for k in monitor.ranking.ks %}
            {% do depths.update({'@' ~ k: k}) %}
        {% endfor %}
        {% for score in orders %}
            {% for measure in model_monitor.metrics_by_family()['ranking'] %}
                {% for suffix, k in depths.items() %}
                    {% do rows.append([
                        model_monitor.text_literal(monitor.name),
                        model_monitor.text_literal(outcome.log),
                        model_monitor.text_literal(score),
                        k,
                        model_monitor.text_literal(measure),
                        model_monitor.text_literal(measure ~ suffix),
                    ]) %}
                {% endfor %}
            {% endfor %}
        {% endfor %}
    {% endfor %}
{% endfor %}
{{ model_monitor.literal_rows([
    ['monitor', model_monitor.type_text()],
    ['log', model_monitor.type_text()],
    ['score', model_monitor.type_text()],
    ['k', 'integer'],
    ['measure', model_monitor.type_text()],
    ['metric', model_monitor.type_text()],
], rows) }}
