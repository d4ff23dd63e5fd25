{#- The value of a right or wrong decision, and the score that decides. -#}
{{ model_monitor.view_model() }}
{%- set cells = ['true_positive', 'false_positive', 'false_negative', 'true_negative'] -%}
{% set rows = [] %}
{% for monitor in model_monitor.monitors() if monitor.costs is not none %}
    {% set found = namespace(score=none) %}
    {% for name, score in monitor.scores.items()
        if score.outcome is not none and score.kind == 'binary' and found.score is none %}
        {% set found.score = name %}
    {% endfor %}
    {% set row = [
        model_monitor.text_literal(monitor.name), model_monitor.text_literal(found.score)
    ] %}
    {% for cell in cells %}
        {% do row.append(model_monitor.value_literal(monitor.costs.get(cell, 0))) %}
    {% endfor %}
    {% do rows.append(row) %}
{% endfor %}
{{ model_monitor.literal_rows([
    ['monitor', model_monitor.type_text()],
    ['score', model_monitor.type_text()],
    ['true_positive', model_monitor.type_double()],
    ['false_positive', model_monitor.type_double()],
    ['false_negative', model_monitor.type_double()],
    ['true_negative', model_monitor.type_double()],
], rows) }}
