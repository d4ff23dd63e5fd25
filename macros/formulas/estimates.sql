{#
    The rate that a bin of scores is expected to have (CBPE): what it had in the reference, k of n, pulled
    towards the mean score of the bin as if that had been seen in two rows. See
    docs/understand/estimates.md.
#}
{% macro expected_rate(k, n, mean_score) -%}
    ((coalesce({{ k }}, 0) + 2e0 * ({{ mean_score }})) / (coalesce({{ n }}, 0) + 2e0))
{%- endmacro %}

{# What is estimated of how well a score of yes or no does. #}
{% macro estimated_measures() %}
    {{ return(['roc_auc', 'accuracy', 'precision', 'recall', 'f1']) }}
{% endmacro %}

{# And with it how often the outcome is expected. #}
{% macro estimated_metrics() %}
    {{ return(['prevalence'] + model_monitor.estimated_measures()) }}
{% endmacro %}
