{#
    Whether a group of values still means the same: k1 of n1 rows have the outcome now, k0 of n0 had
    it before. See docs/understand/concept.md.
#}

{# The weight of a group, from Cochran, Mantel and Haenszel. #}
{% macro concept_weight(n1, n0) -%}
    ({{ model_monitor._as_double(n1) }} * {{ n0 }} / nullif({{ n1 }} + {{ n0 }}, 0))
{%- endmacro %}

{#
    The change of the rate at equal values: its root mean square beyond chance, in units of the
    share of the rarer outcome. Both sides share this unit, so a change and its reversal are equally
    large. Computed from Σw d², Σp(1 − p) (the part due to chance) and Σw.
#}
{% macro rate_change(squares, variances, weights, rate) -%}
    (sqrt(greatest({{ squares }} - {{ variances }}, 0e0) / {{ weights }})
    / nullif(least({{ rate }}, 1e0 - {{ rate }}), 0))
{%- endmacro %}

{# The rate_change that chance exceeds once in a thousand; φ is the dispersion of dependent rows. #}
{% macro rate_change_noise(variances, squared_variances, weights, rate, dispersion) -%}
    (sqrt((
        ({{ dispersion }} - 1e0) * {{ variances }}
        + 3.09e0 * {{ dispersion }} * sqrt(2e0 * {{ squared_variances }})
    ) / {{ weights }})
    / nullif(least({{ rate }}, 1e0 - {{ rate }}), 0))
{%- endmacro %}

{# Whether a group can be compared: both sides expect five rows with the outcome and five without. #}
{% macro is_comparable(n1, k1, n0, k0) -%}
    ({{ n1 }} > 0
        and {{ n0 }} > 0
        and least({{ n1 }}, {{ n0 }}) * ({{ k1 }} + {{ k0 }}) >= 5 * ({{ n1 }} + {{ n0 }})
        and least({{ n1 }}, {{ n0 }}) * ({{ n1 }} + {{ n0 }} - {{ k1 }} - {{ k0 }}) >= 5 * ({{ n1 }} + {{ n0 }}))
{%- endmacro %}

{# The pooled variance of one row: p(1 − p). #}
{% macro pooled_variance(k1, n1, k0, n0) -%}
    ({{ model_monitor.safe_divide('(' ~ k1 ~ ' + ' ~ k0 ~ ')', '(' ~ n1 ~ ' + ' ~ n0 ~ ')') }}
    * (1e0 - {{ model_monitor.safe_divide('(' ~ k1 ~ ' + ' ~ k0 ~ ')', '(' ~ n1 ~ ' + ' ~ n0 ~ ')') }}))
{%- endmacro %}
