{#- Made by tools/trust_tests.py from python/expectations: slices. -#}
{{ config(tags=['trust']) }}
with frame as (

    {{ model_monitor.trust_slices() | indent(4) }}

),

checked as (

    select
        *,
        case when slices_row_count <> whole_row_count or (slices_row_count is null) <> (whole_row_count is null) then ' slices_sum_to_the_whole' else '' end
        || case when slices_row_count < published_row_count or (slices_row_count is null) <> (published_row_count is null) then ' published_slices_are_no_more' else '' end
            as broken
    from frame

)

select
    monitor, log, role, model_version, window_end, slice_name, subject,
    broken
from checked
where broken <> ''
