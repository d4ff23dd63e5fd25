{#- Made by tools/trust_tests.py from python/expectations: bins. -#}
{{ config(tags=['trust']) }}
with frame as (

    {{ model_monitor.trust_bins() | indent(4) }}

),

checked as (

    select
        *,
        case when ruler_label is null then ' bins_are_on_their_ruler' else '' end
            as broken
    from frame

)

select
    monitor, log, subject, ruler_version, bin,
    broken
from checked
where broken <> ''
