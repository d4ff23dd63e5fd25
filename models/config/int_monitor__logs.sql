{{ model_monitor.view_model() }}
{% set rows = [] %}
{% for monitor in model_monitor.monitors() %}
    {% for log in monitor.logs %}
        {% set found = model_monitor.log_columns(log) %}
        {% set problems = found.problems[:] %}
        {% set reference = {'status': 'ok', 'problems': []} %}
        {% if model_monitor.reference_kind(monitor, log) == 'training' %}
            {% set reference = model_monitor.training_columns(monitor, log) %}
            {% for problem in reference.problems %}
                {% do problems.append('reference: ' ~ problem) %}
            {% endfor %}
        {% endif %}
        {% do rows.append([
            model_monitor.text_literal(monitor.name),
            model_monitor.text_literal(log.name),
            model_monitor.text_literal(model_monitor.relation(log.relation)),
            model_monitor.value_literal(log.columns.loaded_at is not none),
            model_monitor.text_literal(log.control),
            model_monitor.text_literal(found.status),
            model_monitor.text_literal(found.absent | join(', ') if found.absent else none),
            model_monitor.text_literal(problems | join('; ') if problems else none),
            model_monitor.value_literal(model_monitor.is_readable(log, found)),
            model_monitor.value_literal(
                reference.status not in ('missing_table', 'invalid_where')
            ),
        ]) %}
    {% endfor %}
{% endfor %}
{{ model_monitor.literal_rows([
    ['monitor', model_monitor.type_text()],
    ['log', model_monitor.type_text()],
    ['relation', model_monitor.type_text()],
    ['has_loaded_at', 'boolean'],
    ['control_arm', model_monitor.type_text()],
    ['status', model_monitor.type_text()],
    ['absent_columns', model_monitor.type_text()],
    ['problems', model_monitor.type_text()],
    ['is_readable', 'boolean'],
    ['is_reference_readable', 'boolean'],
], rows) }}
