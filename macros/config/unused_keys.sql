{#
    The keys that each monitor sets and that have no effect yet: {monitor: [key]}, for the monitors
    with such a key. docs/start/configuration.md lists them under "Checked now, used later".
#}
{% macro unused_keys(monitors) %}
    {% set found = {} %}
    {% for monitor in monitors %}
        {% set keys = [] %}
        {% for key in ['embeddings', 'recomputed', 'comparisons', 'correlations'] if monitor[key] %}
            {% do keys.append(key) %}
        {% endfor %}
        {% if (monitor.experiment or {}).get('split') %}
            {% do keys.append('experiment: split') %}
        {% endif %}
        {% if (monitor.outcomes or {}).get('kinds', {}).values()
            | selectattr('horizon', 'ne', none) | list %}
            {% do keys.append('kinds: horizon') %}
        {% endif %}
        {% if keys %}
            {% do found.update({monitor.name: keys}) %}
        {% endif %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}

{# One row per monitor that sets such a key. #}
{% macro unused_key_rows() %}
    {% set rows = [] %}
    {% for monitor, keys in model_monitor.unused_keys(model_monitor.monitors()).items() %}
        {% do rows.append([
            model_monitor.text_literal(monitor), model_monitor.text_literal(keys | join(', ')),
        ]) %}
    {% endfor %}
    {{ return(model_monitor.literal_rows([
        ['monitor', model_monitor.type_text()], ['keys', model_monitor.type_text()],
    ], rows)) }}
{% endmacro %}
