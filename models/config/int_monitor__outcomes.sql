{{ model_monitor.view_model() }}
{% set rows = [] %}
{% for monitor in model_monitor.monitors() %}
    {% set outcomes = model_monitor.outcomes_of(monitor) %}
    {% set source = model_monitor.outcomes_source(monitor) if monitor.outcomes is not none else none %}
    {% for outcome in outcomes %}
        {% set columns = {'status': 'ok', 'problems': []} if outcome.in_row else source.columns %}
        {% do rows.append([
            model_monitor.text_literal(monitor.name),
            model_monitor.text_literal(outcome.log),
            model_monitor.text_literal(outcome.name),
            model_monitor.value_literal(outcome.in_row),
            outcome.matures_after,
            model_monitor.value_literal(outcome.otherwise),
            model_monitor.text_literal(outcome['value']),
            model_monitor.text_literal(outcome.horizon),
            model_monitor.text_literal(outcome.proxy),
            model_monitor.text_literal(columns.status),
            model_monitor.text_literal(
                'outcomes: ' ~ columns.problems | join('; ') if columns.problems else none
            ),
            model_monitor.value_literal(outcome.in_row or source.is_readable),
        ]) %}
    {% endfor %}
{% endfor %}
{{ model_monitor.literal_rows([
    ['monitor', model_monitor.type_text()],
    ['log', model_monitor.type_text()],
    ['outcome', model_monitor.type_text()],
    ['in_row', 'boolean'],
    ['matures_seconds', 'bigint'],
    ['otherwise', model_monitor.type_double()],
    ['value_kind', model_monitor.type_text()],
    ['horizon', model_monitor.type_text()],
    ['proxy', model_monitor.type_text()],
    ['status', model_monitor.type_text()],
    ['problems', model_monitor.type_text()],
    ['is_readable', 'boolean'],
], rows) }}
