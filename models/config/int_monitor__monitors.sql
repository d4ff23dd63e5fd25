{{ model_monitor.view_model() }}
{% set rows = [] %}
{% if execute and not model_monitor.monitors() %}
    {% do log(
        'model_monitor: no monitors are configured, so there is nothing to do. '
        ~ 'Name one under vars: model_monitor: monitors in dbt_project.yml.', info=true
    ) %}
{% endif %}
{% for monitor in model_monitor.monitors() %}
    {% set limits = monitor.limits %}
    {% do rows.append([
        model_monitor.text_literal(monitor.name),
        model_monitor.text_literal(monitor.problem),
        model_monitor.text_literal(monitor.owner),
        model_monitor.text_literal(monitor.runbook),
        model_monitor.text_literal(monitor.dashboard),
        limits.min_rows,
        limits.rate_rows,
        limits.label_rows,
        limits.min_cell,
        limits.lateness,
        limits.slice_values,
        limits.combination_values,
        limits.categories,
        model_monitor.text_literal(monitor.champion),
        monitor.retention.hour,
        monitor.retention.day,
        monitor.retention.day_sliced,
    ]) %}
{% endfor %}
{{ model_monitor.literal_rows([
    ['monitor', model_monitor.type_text()],
    ['problem', model_monitor.type_text()],
    ['owner', model_monitor.type_text()],
    ['runbook', model_monitor.type_text()],
    ['dashboard', model_monitor.type_text()],
    ['min_rows', 'bigint'],
    ['rate_rows', 'bigint'],
    ['label_rows', 'bigint'],
    ['min_cell', 'bigint'],
    ['lateness_seconds', 'bigint'],
    ['slice_values', 'bigint'],
    ['combination_values', 'bigint'],
    ['categories', 'bigint'],
    ['champion', model_monitor.type_text()],
    ['keep_hour_days', 'integer'],
    ['keep_day_days', 'integer'],
    ['keep_sliced_days', 'integer'],
], rows) }}
