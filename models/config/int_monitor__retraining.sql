{#- The retraining settings, and the score that measures quality: the first one with an outcome. -#}
{{ model_monitor.view_model() }}
{% set rows = [] %}
{% for monitor in model_monitor.monitors() %}
    {% set asked = monitor.retraining %}
    {% set first = model_monitor.first_judged(monitor) or {} %}
    {% do rows.append([
        model_monitor.text_literal(monitor.name),
        model_monitor.text_literal(first.get('log')),
        model_monitor.text_literal(first.get('score')),
        model_monitor.text_literal(first.get('kind')),
        model_monitor.value_literal(asked.drift),
        model_monitor.value_literal(asked.performance and 'score' in first),
        model_monitor.value_literal((monitor.gates or {}).get('max_age')),
        model_monitor.value_literal(asked.every),
        model_monitor.value_literal(asked.labels),
    ]) %}
{% endfor %}
{{ model_monitor.literal_rows([
    ['monitor', model_monitor.type_text()],
    ['log', model_monitor.type_text()],
    ['score', model_monitor.type_text()],
    ['score_kind', model_monitor.type_text()],
    ['on_drift', 'boolean'],
    ['on_performance', 'boolean'],
    ['max_age_seconds', 'bigint'],
    ['every_seconds', 'bigint'],
    ['label_target', 'bigint'],
], rows) }}
