{#- Made by tools/trust_tests.py from python/expectations: shares. -#}
{{ config(tags=['trust']) }}
with frame as (

    {{ model_monitor.trust_shares() | indent(4) }}

),

checked as (

    select
        *,
        case when share_sum < 0.999999999 or share_sum > 1.000000001 then ' shares_sum_to_1' else '' end
        || case when share_sum is null then ' shares_are_known' else '' end
        || case when least_share < 0.0 then ' shares_are_positive' else '' end
        || case when profile_row_count is null then ' bins_have_a_profile' else '' end
        || case when row_count <> profile_row_count then ' bins_hold_every_row' else '' end
            as broken
    from frame

)

select
    monitor, log, role, model_version, window_name, window_end, slice_name, slice_value, subject,
    broken
from checked
where broken <> ''
