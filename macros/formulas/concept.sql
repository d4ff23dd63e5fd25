{#
    Whether a group of values still means what it did: of n1 rows now k1 came true, of n0 before k0. See
    docs/statistics/concept.md.
#}

{# The weight of a group, as Cochran, Mantel and Haenszel give it. #}
{% macro concept_weight(n1, n0) -%}
    ({{ model_monitor._as_double(n1) }} * {{ n0 }} / nullif({{ n1 }} + {{ n0 }}, 0))
{%- endmacro %}

{# The pooled variance of one row: p(1 − p). #}
{% macro pooled_variance(k1, n1, k0, n0) -%}
    ({{ model_monitor.safe_divide('(' ~ k1 ~ ' + ' ~ k0 ~ ')', '(' ~ n1 ~ ' + ' ~ n0 ~ ')') }}
    * (1e0 - {{ model_monitor.safe_divide('(' ~ k1 ~ ' + ' ~ k0 ~ ')', '(' ~ n1 ~ ' + ' ~ n0 ~ ')') }}))
{%- endmacro %}
