{#- A view over the counted windows: a second copy of the rows would say nothing new. Filter by
    monitor and window_end. -#}
{{ config(materialized='view') }}

with window_bins as (

    select * from {{ ref('model_monitor', 'int_monitor__window_bins') }}

),

-- a window that was counted with two rulers has no one distribution
all_rows as (

    select
        monitor,
        log,
        role,
        model_version,
        window_name,
        window_end,
        slice_name,
        slice_value,
        subject,
        sum(row_count) as row_count,
        min(ruler_version) as ruler_version
    from window_bins
    where bin = -9
    group by
        monitor,
        log,
        role,
        model_version,
        window_name,
        window_end,
        slice_name,
        slice_value,
        subject
    having min(ruler_version) = max(ruler_version)

),

final as (

    select
        window_bins.monitor,
        window_bins.log,
        window_bins.role,
        window_bins.model_version,
        window_bins.window_name,
        window_bins.window_start,
        window_bins.window_end,
        window_bins.slice_name,
        window_bins.slice_value,
        window_bins.subject,
        window_bins.bin,
        labels.bin_kind,
        labels.bin_group,
        labels.bin_label,
        labels.lower_edge as lower,
        labels.upper_edge as upper,
        window_bins.row_count,
        {{ model_monitor.safe_divide('window_bins.row_count', 'all_rows.row_count') }} as share,
        window_bins.ruler_version
    from window_bins
    inner join all_rows
        on window_bins.monitor = all_rows.monitor
        and window_bins.log = all_rows.log
        and window_bins.role = all_rows.role
        and window_bins.model_version = all_rows.model_version
        and window_bins.window_name = all_rows.window_name
        and window_bins.window_end = all_rows.window_end
        and window_bins.slice_name = all_rows.slice_name
        and window_bins.slice_value = all_rows.slice_value
        and window_bins.subject = all_rows.subject
        and window_bins.ruler_version = all_rows.ruler_version
    inner join {{ ref('model_monitor', 'int_monitor__bin_labels') }} as labels
        on window_bins.monitor = labels.monitor
        and window_bins.log = labels.log
        and window_bins.subject = labels.subject
        and window_bins.ruler_version = labels.ruler_version
        and window_bins.bin = labels.bin
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on window_bins.monitor = monitors.monitor
    where window_bins.bin <> -9
        and window_bins.row_count > 0
        and (window_bins.slice_name = '(all)' or all_rows.row_count >= monitors.min_cell)

)

select * from final
