{#- The requirements for a new version before it serves: the configured limits, and no loss against
    the serving version. -#}
{{ model_monitor.view_model() }}
{%- set metrics = {'min_auc': 'roc_auc', 'max_ece': 'ece_debiased'} -%}
{% set rows = [] %}
{% for monitor in model_monitor.monitors() %}
    {% set monitor_name = model_monitor.text_literal(monitor.name) %}
    {% for gate, limit in (monitor.gates or {}).items() if gate != 'max_age' %}
        {% do rows.append([
            monitor_name,
            model_monitor.text_literal(gate),
            model_monitor.text_literal(metrics.get(gate, gate[4:])),
            model_monitor.value_literal(gate.startswith('min_')),
            model_monitor.value_literal(limit),
        ]) %}
    {% endfor %}
    {% set first = model_monitor.first_judged(monitor) %}
    {% if first is not none %}
        {% set headline = {'multiclass': 'accuracy', 'regression': 'mae'}.get(
            first.kind, 'roc_auc'
        ) %}
        {% do rows.append([
            monitor_name, "'not_worse'", model_monitor.text_literal(headline),
            model_monitor.value_literal(headline != 'mae'), 'null',
        ]) %}
    {% endif %}
{% endfor %}
{{ model_monitor.literal_rows([
    ['monitor', model_monitor.type_text()],
    ['gate', model_monitor.type_text()],
    ['metric', model_monitor.type_text()],
    ['is_least', 'boolean'],
    ['limit_value', model_monitor.type_double()],
], rows) }}
