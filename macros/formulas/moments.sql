{#
    The sample variance (n − 1) from the sums of the sketch, in units of the squared scale of the
    ruler: sum_1 and sum_2 are Σu and Σu² in millionths.
#}
{% macro sample_variance(sum_1, sum_2, n) -%}
    case when {{ n }} > 1 and {{ sum_1 }} is not null
        then greatest(
            (
                cast({{ sum_2 }} as {{ model_monitor.type_double() }}) / 1e6
                - (cast({{ sum_1 }} as {{ model_monitor.type_double() }}) / 1e6)
                * (cast({{ sum_1 }} as {{ model_monitor.type_double() }}) / 1e6) / {{ n }}
            ) / ({{ n }} - 1),
            0.0
        )
    end
{%- endmacro %}

{#
    The relative shift of a quantile; null where the baseline quantile is nearly 0 on the ruler's
    scale.
#}
{% macro quantile_shift(current, baseline, scale) -%}
    case when abs({{ baseline }}) > 0.01 * {{ scale }}
        then ({{ current }} - {{ baseline }}) / abs({{ baseline }})
    end
{%- endmacro %}

{#
    The largest distance of the true relative shift from it, if each quantile can be anywhere in its
    bin.
#}
{% macro quantile_shift_bound(current, baseline, current_width, baseline_width, scale) -%}
    case when abs({{ baseline }}) > 0.01 * {{ scale }} and abs({{ baseline }}) > {{ baseline_width }}
        then (
            {{ current_width }}
            + {{ baseline_width }} * (1.0 + abs({{ current }} - {{ baseline }}) / abs({{ baseline }}))
        ) / (abs({{ baseline }}) - {{ baseline_width }})
    end
{%- endmacro %}
