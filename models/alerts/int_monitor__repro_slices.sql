{{ model_monitor.table_model() }}
{#- The SQL of each slice's label over raw rows, as text. Values outside the
    vocabulary become (other). -#}
{% set rows = [] %}
{% for monitor in model_monitor.monitors() %}
    {% for log in monitor.logs %}
        {% set columns = model_monitor.slice_columns(log) %}
        {% for slice in log.slices %}
            {% do rows.append([
                model_monitor.text_literal(monitor.name),
                model_monitor.text_literal(log.name),
                model_monitor.text_literal(slice.name),
                model_monitor.text_literal('d' ~ columns.index(slice.columns[0])),
                model_monitor.text_literal('d' ~ columns.index(slice.columns[1]))
                    if slice.columns | length == 2 else 'null',
                (slice.columns | length <= 2) | string | lower,
                model_monitor.text_literal(model_monitor.raw_label(monitor, log, slice)),
            ]) %}
        {% endfor %}
    {% endfor %}
{% endfor %}
{{ model_monitor.literal_rows([
    ['monitor', model_monitor.type_text()],
    ['log', model_monitor.type_text()],
    ['slice_name', model_monitor.type_text()],
    ['first_column', model_monitor.type_text()],
    ['second_column', model_monitor.type_text()],
    ['is_simple', 'boolean'],
    ['label_sql', model_monitor.type_text()],
], rows) }}
