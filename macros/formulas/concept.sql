{#
    Whether a group of values still means what it did: of n1 rows now k1 came true, of n0 before k0. See
    docs/understand/concept.md.
#}

{# The weight of a group, as Cochran, Mantel and Haenszel give it. #}
{% macro concept_weight(n1, n0) -%}
    ({{ model_monitor._as_double(n1) }} * {{ n0 }} / nullif({{ n1 }} + {{ n0 }}, 0))
{%- endmacro %}

{#
    How far the rate has moved at the same values, as the root of its mean square, beyond what chance makes
    of it, in units of the rarer outcome's share (of both sides together: the way back is as long). Over Σw d², Σp(1 − p) (what chance makes of it) and Σw.
#}
{% macro rate_change(squares, variances, weights, rate) -%}
    (sqrt(greatest({{ squares }} - {{ variances }}, 0e0) / {{ weights }})
    / nullif(least({{ rate }}, 1e0 - {{ rate }}), 0))
{%- endmacro %}

{# What of it chance passes once in a thousand, of rows that depend on each other by φ. #}
{% macro rate_change_noise(variances, squared_variances, weights, rate, dispersion) -%}
    (sqrt((
        ({{ dispersion }} - 1e0) * {{ variances }}
        + 3.09e0 * {{ dispersion }} * sqrt(2e0 * {{ squared_variances }})
    ) / {{ weights }})
    / nullif(least({{ rate }}, 1e0 - {{ rate }}), 0))
{%- endmacro %}

{# Whether a group may be compared: both sides expect five of either outcome. #}
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
