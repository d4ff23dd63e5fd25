{#- Made by tools/trust_tests.py from python/expectations: dataset. -#}
{{ config(tags=['trust']) }}
with frame as (

    {{ model_monitor.trust_dataset() | indent(4) }}

),

checked as (

    select
        *,
        case when least_subject_count < 1.0 then ' subjects_were_judged' else '' end
        || case when least_drifted_share < 0.0 then ' drifted_share_is_at_least_0' else '' end
        || case when largest_drifted_share > 1.0 then ' drifted_share_is_at_most_1' else '' end
        || case when least_weighted_share < -1e-09 then ' weighted_share_is_at_least_0' else '' end
        || case when largest_weighted_share > 1.000000001 then ' weighted_share_is_at_most_1' else '' end
        || case when verdict is null then ' verdict_is_there' else '' end
        || case when verdict not in ('ok', 'warn', 'critical') then ' verdict_is_known' else '' end
            as broken
    from frame

)

select
    monitor, log, window_name, baseline, verdict,
    broken
from checked
where broken <> ''
