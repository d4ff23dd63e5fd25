{#
    The options of `model-monitor backtest`: {'rules': rows of alert rules instead of those of
    policy, or none for those in force}. A backtest evaluates all of history again and writes
    nothing. None in any other run.
#}
{% macro backtest() %}
    {{ return(model_monitor.setting('backtest')) }}
{% endmacro %}

{# The rules of a backtest as rows of these columns, each of type text. #}
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
