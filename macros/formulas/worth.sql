{#
    The worth of decisions, from counts and the worth of one decision of each kind: {count: worth},
    as SQL. See docs/understand/value.md.
#}

{# Σ n·w over the kinds; `only` selects one sign: 1 for gains, -1 for costs. #}
{% macro worth_sum(worths, only=none) -%}
    ({%- for count, worth in worths.items() %}
        {{- ' + ' if not loop.first }}{{ model_monitor._as_double(count) }} * {{
            worth if only is none
            else 'greatest(' ~ worth ~ ', 0)' if only == 1
            else 'greatest(-1 * ' ~ worth ~ ', 0)'
        }}
    {%- endfor %})
{%- endmacro %}

{# The standard error of the mean worth of n decisions, each worth the amount of its kind. #}
{% macro worth_error(worths, n) -%}
    sqrt(greatest(
        {{ model_monitor._worth_squares(worths) }} / nullif({{ n }}, 0)
        - power({{ model_monitor.worth_sum(worths) }} / nullif({{ n }}, 0), 2),
        0e0
    ) / nullif({{ n }}, 0))
{%- endmacro %}

{#
    The standard error of a ratio of two such sums, by the delta method. `parts` has, per kind, the
    contribution of one decision to the numerator minus the ratio times its contribution to the
    denominator.
#}
{% macro worth_ratio_error(parts, lower) -%}
    sqrt({{ model_monitor._worth_squares(parts) }}) / nullif(abs({{ lower }}), 0)
{%- endmacro %}

{% macro _worth_squares(worths) -%}
    {%- set squares = {} -%}
    {%- for count, worth in worths.items() -%}
        {%- do squares.update({count: 'power(' ~ worth ~ ', 2)'}) -%}
    {%- endfor -%}
    {{ model_monitor.worth_sum(squares) }}
{%- endmacro %}
