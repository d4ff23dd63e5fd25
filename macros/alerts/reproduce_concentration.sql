{# The query of an alert about exposure: x rows show an entity, which has rank i of n. #}
{% macro template_concentration() -%}
with log_rows as (
{rows}
),

shown as (
    select cast(v0 as {{ model_monitor.type_text() }}) as entity, event_time, {on_slice} as is_here
    from log_rows
    where role = 'live'
        and v0 is not null
        and event_time < cast('{end}' as timestamp)
        and event_time >= cast('{end}' as timestamp) - interval '30 days'
),

catalogue as (
    select count(distinct entity) as size
    from shown
    where event_time >= cast('{end}' as timestamp) - interval '{{ model_monitor.catalogue_days() }} days'
),

counts as (
    select count(*) as x
    from shown
    where is_here
        and event_time >= cast('{start}' as timestamp)
    group by entity
),

ranked as (
    select
        x,
        row_number() over (order by x) as i,
        count(*) over () as n,
        sum(x) over () as total
    from counts
)

select
    {formula} as value,
    sum(x) as row_count
from ranked
{%- endmacro %}

{# Each measure over x, i, n and total. #}
{% macro raw_concentrations() %}
    {{ return({
        'gini': 'sum((2 * i - n - 1) * x) * 1.0 / (max(n) * sum(x))',
        'hhi': 'sum(x * x) * 1.0 / (sum(x) * sum(x))',
        'top_1pct_share': 'sum(case when n - i < ceil(0.01 * n) then x else 0 end) * 1.0 / sum(x)',
        'top_10pct_share': 'sum(case when n - i < ceil(0.1 * n) then x else 0 end) * 1.0 / sum(x)',
        'uncovered_share': '1 - count(*) * 1.0 / (select size from catalogue)',
    }) }}
{% endmacro %}
