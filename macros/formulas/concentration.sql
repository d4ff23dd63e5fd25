{#
    How unequally x, the number of exposures, is spread over entities, from rows that say how many
    entities (m) have each x: `below` entities have less, `above` have more, n in all. Each is to be
    summed over the rows. See docs/understand/concentration.md.
#}

{# Σ(2i − n − 1)x over the entities of one x, ranked from the least: an exact integer. #}
{% macro gini_term(x, m, below, n) -%}
    cast({{ x }} as decimal(38, 0)) * {{ m }} * (2 * {{ below }} + {{ m }} - {{ n }})
{%- endmacro %}

{# The exposures of those of them that are among the first of all, by exposure. #}
{% macro top_term(x, m, above, top) -%}
    {{ x }} * greatest(0, least({{ m }}, {{ top }} - {{ above }}))
{%- endmacro %}

{# How many entities a share of them is: at least one. #}
{% macro top_count(share, n) -%}
    cast(greatest(1, ceil({{ share }} * {{ n }} - 1e-9)) as bigint)
{%- endmacro %}
