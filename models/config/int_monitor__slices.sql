{{ model_monitor.view_model() }}
{% set rows = [] %}
{% for monitor in model_monitor.monitors() %}
    {% for log in monitor.logs %}
        {% for slice in log.slices %}
            {% do rows.append([
                model_monitor.text_literal(monitor.name),
                model_monitor.text_literal(log.name),
                model_monitor.text_literal(slice.name),
                slice.columns | length,
                'true',
            ]) %}
        {% endfor %}
        {#- a column that only combinations use still needs its vocabulary -#}
        {% for column in model_monitor.slice_columns(log)
            if column not in (log.slices | map(attribute='name') | list) %}
            {% do rows.append([
                model_monitor.text_literal(monitor.name),
                model_monitor.text_literal(log.name),
                model_monitor.text_literal(column),
                1,
                'false',
            ]) %}
        {% endfor %}
    {% endfor %}
{% endfor %}
{{ model_monitor.literal_rows([
    ['monitor', model_monitor.type_text()],
    ['log', model_monitor.type_text()],
    ['slice_name', model_monitor.type_text()],
    ['column_count', 'integer'],
    ['is_published', 'boolean'],
], rows) }}
