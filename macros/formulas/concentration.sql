{#
    How unequally x, the number of exposures, is spread over entities. Each input row has the number
    of entities (m) with the same x: `below` entities have fewer, `above` have more, n in all. The
    caller sums each term over the rows. See docs/understand/concentration.md.
#}

{# Σ(2i − n − 1)x over the entities with the same x, ranked from the smallest: an exact integer. #}
{% macro gini_term(x, m, below, n) -%}
    cast({{ x }} as decimal(38, 0)) * {{ m }} * (2 * {{ below }} + {{ m }} - {{ n }})
{%- endmacro %}

{# The exposures of those among these entities that belong to the `top` entities by exposure. #}
{% macro top_term(x, m, above, top) -%}
    {{ x }} * greatest(0, least({{ m }}, {{ top }} - {{ above }}))
{%- endmacro %}

{# The number of entities in a share of n: at least one. #}
{% macro top_count(share, n) -%}
    cast(greatest(1, ceil({{ share }} * {{ n }} - 1e-9)) as bigint)
{%- endmacro %}
