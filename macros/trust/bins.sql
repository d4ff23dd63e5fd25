{# Every bin with counted rows, next to the ruler that counted it. #}
{% macro trust_bins() %}
with checked as (

    {{ model_monitor.checked_windows('int_monitor__touched_windows') }}

),

counted as (

    select
        series.monitor,
        series.log,
        series.subject,
        bins.ruler_version,
        bins.bin,
        max(bins.window_end) as latest_window_end
    from {{ ref('model_monitor', 'int_monitor__window_bins') }} as bins
    inner join checked
        on bins.monitor = checked.monitor
        and bins.log = checked.log
        and bins.window_name = checked.window_name
        and bins.window_end = checked.window_end
    inner join {{ ref('model_monitor', 'int_monitor__series') }} as series
        on bins.series_id = series.series_id
    where bins.row_count > 0
    group by series.monitor, series.log, series.subject, bins.ruler_version, bins.bin

),

-- The coarser cells of slices are runs of a ruler's bins. The cells of a replaced ruler
-- are not stored.
active as (

    select distinct
        monitor,
        log,
        subject,
        ruler_version
    from {{ ref('model_monitor', 'monitor_rulers') }}
    where is_active

),

named as (

    select
        monitor,
        log,
        subject,
        ruler_version,
        bin,
        bin_label
    from {{ ref('model_monitor', 'monitor_rulers') }}

    union all

    select
        monitor,
        log,
        subject,
        ruler_version,
        bin,
        bin_label
    from {{ ref('model_monitor', 'int_monitor__bin_labels') }}
    where bin >= 1000

),

final as (

    select
        counted.monitor,
        counted.log,
        counted.subject,
        counted.ruler_version,
        counted.bin,
        counted.latest_window_end,
        named.bin_label as ruler_label
    from counted
    left join named
        on counted.monitor = named.monitor
        and counted.log = named.log
        and counted.subject = named.subject
        and counted.ruler_version = named.ruler_version
        and counted.bin = named.bin
    left join active
        on counted.monitor = active.monitor
        and counted.log = active.log
        and counted.subject = active.subject
        and counted.ruler_version = active.ruler_version
    where counted.bin < 1000
        or active.subject is not null

)

select * from final
{% endmacro %}
