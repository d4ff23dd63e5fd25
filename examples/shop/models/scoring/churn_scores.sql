{#- What the scoring job writes: one row per customer and hour. "order" and "Group" are words of SQL. -#}
select
    'c' || i as id,
    timestamp '2026-01-01' + i * interval '15 minutes' as scored_at,
    timestamp '2026-01-01' + i * interval '15 minutes' + interval '5 minutes' as loaded_at,
    case when i < 2000 then 'v1' else 'v2' end as model_version,
    mod(i * 37, 101) / 101.0 as churn_probability,
    mod(i * 7919, 503) as {{ adapter.quote('order') }},
    case mod(i, 3) when 0 then 'home' when 1 then 'work' else 'school' end as {{ adapter.quote('Group') }},
    case mod(i, 2) when 0 then 'north' else 'south' end as region
from ({{ numbers() }}) as numbers
