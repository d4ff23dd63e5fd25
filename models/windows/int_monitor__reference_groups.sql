{#- The reference's counts per slice, subject and group: the baseline that never moves. -#}
{{ model_monitor.table_model() }}

with reference_bins as (

    select * from {{ ref('model_monitor', 'int_monitor__reference_bins') }}

),

ruler_bins as (

    select * from {{ ref('model_monitor', 'int_monitor__ruler_bins') }}

),

final as (

    select
        reference_bins.monitor,
        reference_bins.log,
        reference_bins.slice_name,
        reference_bins.slice_value,
        reference_bins.subject,
        ruler_bins.bin_group,
        ruler_bins.is_valid,
        sum(reference_bins.row_count) as row_count
    from reference_bins
    inner join ruler_bins
        on reference_bins.monitor = ruler_bins.monitor
        and reference_bins.log = ruler_bins.log
        and reference_bins.subject = ruler_bins.subject
        and reference_bins.bin = ruler_bins.bin
    group by
        reference_bins.monitor,
        reference_bins.log,
        reference_bins.slice_name,
        reference_bins.slice_value,
        reference_bins.subject,
        ruler_bins.bin_group,
        ruler_bins.is_valid

)

select * from final
