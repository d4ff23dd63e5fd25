{#
    The expected rate of a bin of scores (CBPE): its rate in the reference, k of n, pulled towards
    the mean score of the bin as if two more rows had shown that score. See
    docs/understand/estimates.md.
#}
{% macro expected_rate(k, n, mean_score) -%}
    ((coalesce({{ k }}, 0) + 2e0 * ({{ mean_score }})) / (coalesce({{ n }}, 0) + 2e0))
{%- endmacro %}

{# The estimated performance measures of a binary score. #}
{% macro estimated_measures() %}
    {{ return(['roc_auc', 'accuracy', 'precision', 'recall', 'f1']) }}
{% endmacro %}

{# The estimated measures together with the expected rate of the outcome. #}
{% macro estimated_metrics() %}
    {{ return(['prevalence'] + model_monitor.estimated_measures()) }}
{% endmacro %}
