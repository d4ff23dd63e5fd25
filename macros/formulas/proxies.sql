{# The association of an outcome and its proxy, from sums. See docs/understand/proxies.md. #}

{# Pearson's r from sums over n rows; for binary values it is phi. Null if either does not vary. #}
{% macro pearson(n, sum_x, sum_y, sum_xx, sum_yy, sum_xy) -%}
    {%- set spread_x = '(' ~ n ~ ' * ' ~ sum_xx ~ ' - ' ~ sum_x ~ ' * ' ~ sum_x ~ ')' -%}
    {%- set spread_y = '(' ~ n ~ ' * ' ~ sum_yy ~ ' - ' ~ sum_y ~ ' * ' ~ sum_y ~ ')' -%}
    case
        when {{ spread_x }} > 1e-9 * {{ n }} * {{ sum_xx }} and {{ spread_y }} > 1e-9 * {{ n }} * {{ sum_yy }}
            then greatest(-1e0, least(1e0,
                ({{ n }} * {{ sum_xy }} - {{ sum_x }} * {{ sum_y }})
                / (sqrt({{ spread_x }}) * sqrt({{ spread_y }}))
            ))
    end
{%- endmacro %}

{#
    The standard error of a mean over n rows. For a share it is pulled to the middle, because 0 of
    12 does not prove a rate of 0. A mean is a share if the sum of the squares equals the sum.
#}
{% macro mean_error(n, sum_y, sum_yy) -%}
    case
        when {{ sum_yy }} = {{ sum_y }} then {{ model_monitor.share_error(
            '(' ~ sum_y ~ ' / nullif(' ~ n ~ ', 0))', n
        ) }}
        else sqrt(
            greatest({{ sum_yy }} / nullif({{ n }}, 0) - power({{ sum_y }} / nullif({{ n }}, 0), 2), 0e0)
            / nullif({{ n }}, 0)
        )
    end
{%- endmacro %}
