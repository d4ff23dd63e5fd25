{#
    Benjamini–Hochberg: for each family and p-value, the expected share of false discoveries among
    all results up to that p-value. Equal p-values share one q-value, so the order of rows cannot
    change it.
#}
{% macro q_values(rows, p_value, family) %}
{%- set columns = family | join(', ') -%}
select
    {{ columns }},
    {{ p_value }},
    least(1.0, min({{ p_value }} * family_size / p_rank) over (
        partition by {{ columns }}
        order by {{ p_value }} desc
        rows between unbounded preceding and current row
    )) as q_value
from (
    select
        {{ columns }},
        {{ p_value }},
        cast(sum(count(*)) over (partition by {{ columns }}) as {{ model_monitor.type_double() }})
            as family_size,
        cast(sum(count(*)) over (
            partition by {{ columns }}
            order by {{ p_value }}
            rows between unbounded preceding and current row
        ) as {{ model_monitor.type_double() }}) as p_rank
    from {{ rows }}
    where {{ p_value }} is not null
    group by {{ columns }}, {{ p_value }}
) as ranked_p_values
{%- endmacro %}
