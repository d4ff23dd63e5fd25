{#- The value of a right or wrong decision, and the score that decides. -#}
{{ model_monitor.view_model() }}
{% set rows = [] %}
{% for monitor in model_monitor.monitors() if monitor.costs is not none %}
    {% set row = [
        model_monitor.text_literal(monitor.name),
        model_monitor.text_literal(model_monitor.costed_score(monitor)),
        model_monitor.text_literal(model_monitor.costs_definition(monitor)),
    ] %}
    {% for kind in model_monitor.decision_kinds() %}
        {% set worth = monitor.costs.get(kind, 0) %}
        {% do row.append(model_monitor.value_literal(none if worth is string else worth)) %}
    {% endfor %}
    {% do rows.append(row) %}
{% endfor %}
{{ model_monitor.literal_rows([
    ['monitor', model_monitor.type_text()],
    ['score', model_monitor.type_text()],
    ['definition', model_monitor.type_text()],
    ['true_positive', model_monitor.type_double()],
    ['false_positive', model_monitor.type_double()],
    ['false_negative', model_monitor.type_double()],
    ['true_negative', model_monitor.type_double()],
], rows) }}
