{#
    What decisions are worth, over counts and what one of each kind is worth: {count: worth}, as SQL. See
    docs/understand/value.md.
#}

{# Σ n·w over the kinds; `only` takes those of one sign: 1 what is gained, -1 what is paid. #}
{% macro worth_sum(worths, only=none) -%}
    ({%- for count, worth in worths.items() %}
        {{- ' + ' if not loop.first }}{{ model_monitor._as_double(count) }} * {{
            worth if only is none
            else 'greatest(' ~ worth ~ ', 0)' if only == 1
            else 'greatest(-1 * ' ~ worth ~ ', 0)'
        }}
    {%- endfor %})
{%- endmacro %}

{# One deviation of the mean worth of n decisions, each worth what its kind is. #}
{% macro worth_error(worths, n) -%}
    sqrt(greatest(
        {{ model_monitor._worth_squares(worths) }} / nullif({{ n }}, 0)
        - power({{ model_monitor.worth_sum(worths) }} / nullif({{ n }}, 0), 2),
        0e0
    ) / nullif({{ n }}, 0))
{%- endmacro %}

{#
    One deviation of a ratio of two such sums, of which `parts` is what a decision of each kind adds to
    the upper one less the ratio times what it adds to the lower one: the delta method.
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
