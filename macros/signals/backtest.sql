{#
    What `model-monitor backtest` asks for: {'rules': rows of alert rules instead of those of policy, or
    none for those in force}. It judges all of history once more and writes nothing; none in every run.
#}
{% macro backtest() %}
    {{ return(var('backtest', none)) }}
{% endmacro %}

{# Its rules as rows of these columns, each of which is text. #}
{% macro backtest_rule_rows(rules, columns) %}
    {% set rows = [] %}
    {% for rule in rules %}
        {% set row = [] %}
        {% for column in columns %}
            {% do row.append(model_monitor.text_literal(rule.get(column[0]))) %}
        {% endfor %}
        {% do rows.append(row) %}
    {% endfor %}
    {{- model_monitor.literal_rows(columns, rows) -}}
{% endmacro %}
