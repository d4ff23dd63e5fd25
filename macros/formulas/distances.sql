{#
    Distances between two distributions over the same bins, as aggregates over rows that hold a
    share p (current) and q (baseline). One short macro per statistic; see docs/understand/distances.md.
    Every sum is exact_sum: the same digits whatever the order of the rows.
#}

{# ε of the smoothed shares: small enough not to hide a new bin, large enough to keep ln finite. #}
{% macro smoothing() -%}
    0.0001e0
{%- endmacro %}

{#
    The divisor of a smoothed share: (p + ε) / (1 + Bε) sums to 1 over the B bins of the ruler and
    does not depend on the row count. It cancels in a ratio of two.
#}
{% macro _smoothed_total(bin_count) -%}
    (1.0e0 + {{ model_monitor._as_double(bin_count) }} * {{ model_monitor.smoothing() }})
{%- endmacro %}

{% macro _smoothed_log_ratio(p, q) -%}
    ln(({{ p }} + {{ model_monitor.smoothing() }}) / ({{ q }} + {{ model_monitor.smoothing() }}))
{%- endmacro %}

{# The contribution of one bin to the population stability index. #}
{% macro psi_term(p, q, bin_count) -%}
    ({{ p }} - {{ q }}) * {{ model_monitor._smoothed_log_ratio(p, q) }}
    / {{ model_monitor._smoothed_total(bin_count) }}
{%- endmacro %}

{#
    The contribution of one bin to KL(p‖q), in nats. A bin that is empty on both sides adds ε' ln 1
    = 0.
#}
{% macro kl_term(p, q, bin_count) -%}
    ({{ p }} + {{ model_monitor.smoothing() }}) * {{ model_monitor._smoothed_log_ratio(p, q) }}
    / {{ model_monitor._smoothed_total(bin_count) }}
{%- endmacro %}

{# The contribution of one bin to the Jensen–Shannon divergence, base 2, unsmoothed. #}
{% macro jsd_term(p, q) -%}
    (
        case when {{ p }} > 0 then {{ p }} * ln(2.0 * {{ p }} / ({{ p }} + {{ q }})) else 0.0 end
        + case when {{ q }} > 0 then {{ q }} * ln(2.0 * {{ q }} / ({{ p }} + {{ q }})) else 0.0 end
    ) / 2.0 / ln(2.0)
{%- endmacro %}

{# √JSD from the summed terms. #}
{% macro js_distance(jsd) -%}
    sqrt(greatest({{ jsd }}, 0.0))
{%- endmacro %}

{# Hellinger distance from the summed √(pq). #}
{% macro hellinger(overlap) -%}
    sqrt(greatest(1.0 - {{ overlap }}, 0.0))
{%- endmacro %}

{# The contribution of one bin to the 2 × B contingency chi²: c of n_c rows against b of n_b rows. #}
{% macro chi2_term(c, b, n_c, n_b) -%}
    (cast({{ c }} as {{ model_monitor.type_double() }}) * {{ n_b }} - cast({{ b }} as {{ model_monitor.type_double() }}) * {{ n_c }})
    * (cast({{ c }} as {{ model_monitor.type_double() }}) * {{ n_b }} - cast({{ b }} as {{ model_monitor.type_double() }}) * {{ n_c }})
    / nullif(cast({{ n_c }} as {{ model_monitor.type_double() }}) * {{ n_b }} * ({{ c }} + {{ b }}), 0)
{%- endmacro %}

{# A macro for `plugins`: the Hellinger distance of two columns of shares. #}
{% macro hellinger_distance(p, q) -%}
{{ model_monitor.hellinger(model_monitor.share_sum('sqrt(' ~ p ~ ' * ' ~ q ~ ')')) }}
{%- endmacro %}
