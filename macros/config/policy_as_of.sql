{#
    The policy rows of one kind that are valid at as_of: of the rows that share `keys`, the one with
    the latest valid_from. `columns` excludes valid_from and includes every key.
#}
{% macro policy_as_of(kind, keys, columns) %}
{%- set always = "cast('1970-01-01' as timestamp)" -%}
{%- set names = [] -%}
{%- for column in columns -%}
    {%- do names.append(column[0]) -%}
{%- endfor -%}
select
    {{ names | join(',\n    ') }},
    valid_from
from (
    select
        *,
        max(coalesce(valid_from, {{ always }})) over (partition by {{ keys | join(', ') }}) as newest_from
    from (
        {{ model_monitor.policy_rows(kind, columns + [['valid_from', 'timestamp']]) | indent(8) }}
    ) as noted
    where coalesce(valid_from, {{ always }}) <= {{ model_monitor.as_of_timestamp() }}
) as known_rows
where coalesce(valid_from, {{ always }}) = newest_from
{% endmacro %}
