{#- Made by tools/trust_tests.py from python/expectations: rulers. -#}
{{ config(tags=['trust']) }}
with frame as (

    {{ model_monitor.trust_rulers() | indent(4) }}

),

checked as (

    select
        *,
        case when bin_count <> last_bin_number or (bin_count is null) <> (last_bin_number is null) then ' bins_are_numbered_without_a_gap' else '' end
        || case when least_width < 0.0 then ' bins_have_a_width' else '' end
        || case when share_sum < 0.999999999 or share_sum > 1.000000001 then ' reference_shares_sum_to_1' else '' end
        || case when active_count < 0.0 or active_count > 1.0 then ' one_ruler_is_active' else '' end
            as broken
    from frame

)

select
    monitor, log, subject, ruler_version,
    broken
from checked
where broken <> ''
