{#
    What decisions are worth, over counts and what one of each kind is worth: {count: worth}, as SQL. See
    docs/statistics/value.md.
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
    {%- set squares = {} -%}
    {%- for count, worth in worths.items() -%}
        {%- do squares.update({count: worth ~ ' * ' ~ worth}) -%}
    {%- endfor -%}
    sqrt(greatest(
        {{ model_monitor.worth_sum(squares) }} / nullif({{ n }}, 0)
        - power({{ model_monitor.worth_sum(worths) }} / nullif({{ n }}, 0), 2),
        0e0
    ) / nullif({{ n }}, 0))
{%- endmacro %}
