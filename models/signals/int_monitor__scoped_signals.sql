{{ model_monitor.table_model() }}
{#- Every signal that at least one rule names, once each, with the smallest effect that any of those
    rules reports. Only above it is it worth asking whether a value is unusual. -#}
{%- set keys = [
    'monitor', 'log', 'family', 'subject', 'subject_kind', 'metric', 'layer', 'baseline'
] %}
{%- set seasonal_families = model_monitor.word_literals(model_monitor.seasonal_families()) %}

with scopes as (

    select
        *,
        -- an effect relative to the normal value, or below it, may occur at any value
        case when kind in ('control_chart', 'relative', 'seasonal')
            or (kind = 'delta' and direction <> 'above') then 0.0
            else clear_below * coalesce(warn, critical) * coalesce(error_budget, 1.0)
        end as min_effect
    from {{ ref('model_monitor', 'int_monitor__rule_scopes') }}

),

named as (

    select
        {{ model_monitor.listed_columns('', keys) }},
        window_name,
        min_effect,
        min_rows
    from scopes

    union all

    -- a burn rate needs two windows
    select
        {{ model_monitor.listed_columns('', keys) }},
        short_window as window_name,
        min_effect,
        min_rows
    from scopes
    where short_window is not null

    union all

    -- a seasonal baseline consists of earlier values, which must be there too
    select
        {{ model_monitor.listed_columns('', keys | reject('equalto', 'baseline') | list) }},
        'history' as baseline,
        window_name,
        min_effect,
        min_rows
    from scopes
    where baseline = 'seasonal'
        and family in ({{ seasonal_families }})

)

select
    {{ model_monitor.listed_columns('', keys) | replace('        ', '    ') }},
    window_name,
    min(min_effect) as min_effect,
    cast(ceil({{ model_monitor.thin_share() }} * min(min_rows)) as bigint) as min_sample
from named
group by {{ keys | join(', ') }}, window_name
