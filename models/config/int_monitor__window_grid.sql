{#- The windows that are evaluated and their baselines: the table of the contract, as rows. -#}
{{ model_monitor.view_model() }}
{% set published = model_monitor.metric_schedules()['published'] %}
{% set hours = {'hour': 1, 'day': 24, '7d': 168, '30d': 720} %}
{% set rows = [] %}
{% for monitor in model_monitor.monitors() %}
    {% for window in monitor.windows %}
        {% for baseline in published[window] %}
            {% do rows.append([
                model_monitor.text_literal(monitor.name),
                model_monitor.text_literal(window),
                hours[window],
                model_monitor.text_literal('hour' if window == 'hour' else 'day'),
                model_monitor.text_literal(baseline),
                model_monitor.value_literal(baseline in monitor.baselines),
            ]) %}
        {% endfor %}
    {% endfor %}
{% endfor %}
{{ model_monitor.literal_rows([
    ['monitor', model_monitor.type_text()],
    ['window_name', model_monitor.type_text()],
    ['window_hours', 'integer'],
    ['grain', model_monitor.type_text()],
    ['baseline', model_monitor.type_text()],
    ['is_published', 'boolean'],
], rows) }}
