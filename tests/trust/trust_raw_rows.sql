{#- Made by tools/trust_tests.py from python/expectations: raw_rows. -#}
{{ config(tags=['trust']) }}
with frame as (

    {{ model_monitor.trust_raw_rows() | indent(4) }}

),

checked as (

    select
        *,
        case when least_counted < settled_row_count or (least_counted is null) <> (settled_row_count is null) then ' every_row_is_counted' else '' end
        || case when raw_row_count < largest_counted or (raw_row_count is null) <> (largest_counted is null) then ' no_row_is_counted_twice' else '' end
            as broken
    from frame

)

select
    monitor, log, period_start,
    broken
from checked
where broken <> ''
