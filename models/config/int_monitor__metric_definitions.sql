{{ model_monitor.view_model() }}
{% set rows = [] %}
{% for monitor in model_monitor.monitors() %}
    {% for log in monitor.logs %}
        {% for metric in log.metrics %}
            {% do rows.append([
                model_monitor.text_literal(monitor.name),
                model_monitor.text_literal(log.name),
                model_monitor.text_literal(metric.name),
                loop.index,
                model_monitor.text_literal(metric.layer),
                model_monitor.text_literal(metric.better),
                model_monitor.text_literal(metric.expected),
                model_monitor.value_literal(metric.target),
                model_monitor.value_literal(model_monitor.metric_is_ratio(metric)),
                model_monitor.value_literal(
                    metric.numerator == '1' and not model_monitor.metric_is_ratio(metric)
                ),
                model_monitor.text_literal(metric.per),
                model_monitor.text_literal(model_monitor.metric_definition(metric)),
            ]) %}
        {% endfor %}
    {% endfor %}
{% endfor %}
{{ model_monitor.literal_rows([
    ['monitor', model_monitor.type_text()],
    ['log', model_monitor.type_text()],
    ['metric', model_monitor.type_text()],
    ['metric_position', 'integer'],
    ['layer', model_monitor.type_text()],
    ['better', model_monitor.type_text()],
    ['expected', model_monitor.type_text()],
    ['target', model_monitor.type_double()],
    ['is_ratio', 'boolean'],
    ['is_count', 'boolean'],
    ['per', model_monitor.type_text()],
    ['definition', model_monitor.type_text()],
], rows) }}
