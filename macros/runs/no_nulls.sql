{# One test per table instead of one per column: each test is a node that dbt parses, plans and runs. #}
{% test no_nulls(model, columns) %}
select *
from (
    select
        {%- for column in columns %}
        count(*) - count({{ adapter.quote(column) }}) as {{ adapter.quote(column) }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from {{ model }}
) as nulls
where
    {%- for column in columns %}
    {{ 'or ' if not loop.first }}{{ adapter.quote(column) }} > 0
    {%- endfor %}
{% endtest %}
