{# The columns of a rule as they come: all text, so that a slip in one row stops no other. #}
{% macro alert_rule_columns() %}
    {{ return([
        'rule_id', 'enabled', 'monitor', 'log', 'family', 'subject', 'subject_kind', 'importance',
        'metric', 'baseline', 'window_name', 'model_version', 'slice_name', 'slice_value', 'kind',
        'direction', 'warn', 'critical', 'for_windows', 'clear_windows', 'min_rows',
        'false_alarms_per_monitor_28d', 'owner', 'runbook', 'dashboard', 'is_safety', 'valid_from',
        'rule_version', 'description',
    ]) }}
{% endmacro %}

{# The rows of policy: alert_rules, every column as text; none if none are configured. #}
{% macro own_alert_rules() %}
    {% set columns = [] %}
    {% for name in model_monitor.alert_rule_columns() %}
        {% do columns.append([name, model_monitor.type_text()]) %}
    {% endfor %}
    {{- model_monitor.policy_rows('alert_rules', columns) -}}
{% endmacro %}

{# What a rule may name, by family. #}
{% macro judged_metrics() %}
    {{ return({
        'quality': [
            'missing_rate', 'unseen_share', 'invalid_rate', 'out_of_range_rate', 'stale_rate',
            'zero_rate', 'top_share',
        ],
        'drift': ['psi'],
        'tail': ['p95_shift'],
        'metrics': ['value'],
        'volume': ['row_count', 'value'],
        'dataset': ['drifted_share'],
        'freshness': ['hours_behind'],
    }) }}
{% endmacro %}

{% macro rule_kinds() %}
    {{ return(['static', 'delta', 'relative', 'drift', 'tail', 'volume']) }}
{% endmacro %}

{# A list of words as SQL literals between commas. #}
{% macro word_literals(words) -%}
    {%- for word in words %}{{ model_monitor.text_literal(word) }}{{ ', ' if not loop.last }}{% endfor %}
{%- endmacro %}
