{# Comparisons of the rates of two groups, k of n each. See docs/understand/fairness.md. #}

{# Newcombe (1998), method 10, at 95%: the difference k1/n1 − k2/n2 from the Wilson bounds of both. #}
{% macro difference_lower(k1, n1, k2, n2) -%}
    {{ model_monitor.safe_divide(k1, n1) }} - {{ model_monitor.safe_divide(k2, n2) }} - sqrt(
        power({{ model_monitor.safe_divide(k1, n1) }} - {{ model_monitor.wilson_lower(k1, n1) }}, 2)
        + power({{ model_monitor.wilson_upper(k2, n2) }} - {{ model_monitor.safe_divide(k2, n2) }}, 2)
    )
{%- endmacro %}

{% macro difference_upper(k1, n1, k2, n2) -%}
    {{ model_monitor.safe_divide(k1, n1) }} - {{ model_monitor.safe_divide(k2, n2) }} + sqrt(
        power({{ model_monitor.wilson_upper(k1, n1) }} - {{ model_monitor.safe_divide(k1, n1) }}, 2)
        + power({{ model_monitor.safe_divide(k2, n2) }} - {{ model_monitor.wilson_lower(k2, n2) }}, 2)
    )
{%- endmacro %}

{# Katz (1978): the standard error of the logarithm of a ratio of two rates; null where one is 0. #}
{% macro log_ratio_error(k1, n1, k2, n2) -%}
    case when {{ k1 }} > 0 and {{ k2 }} > 0 then sqrt(greatest(0e0,
        1e0 / {{ k1 }} - 1e0 / {{ n1 }} + 1e0 / {{ k2 }} - 1e0 / {{ n2 }}
    )) end
{%- endmacro %}
