{#- A view over the counted windows, because a stored copy of the rows would add nothing. Filter by
    monitor and window_end. -#}
{{ model_monitor.view_model('view') }}
{%- set story = ['window_id', 'series_id', 'role', 'model_version'] %}
{%- set whole = [
    'monitor', 'log', 'role', 'model_version', 'window_name', 'window_end', 'slice_name', 'slice_value',
    'subject',
] %}

with window_bins as (

    select * from {{ ref('model_monitor', 'int_monitor__window_bins') }}

),

-- a window that two rulers counted has no single distribution
of_two_rulers as (

    select {{ model_monitor.listed_columns('', story) }}
    from {{ ref('model_monitor', 'int_monitor__window_sums') }}
    group by {{ model_monitor.listed_columns('', story) }}
    having min(ruler_version) < max(ruler_version)

),

labelled as (

    select
        window_bins.monitor,
        window_bins.log,
        window_bins.role,
        window_bins.model_version,
        window_bins.window_name,
        window_bins.window_start,
        window_bins.window_end,
        series.slice_name,
        series.slice_value,
        series.subject,
        window_bins.bin,
        labels.bin_kind,
        labels.bin_group,
        labels.bin_label,
        labels.lower_edge as lower,
        labels.upper_edge as upper,
        window_bins.row_count,
        totals.row_count as all_rows,
        monitors.min_cell,
        window_bins.ruler_version
    from window_bins
    inner join {{ ref('model_monitor', 'int_monitor__window_sums') }} as totals
        on {{ model_monitor.joined_on('window_bins', 'totals', story + ['ruler_version']) }}
    inner join {{ ref('model_monitor', 'int_monitor__series') }} as series
        on window_bins.series_id = series.series_id
    -- Every bin has a label. A left join looks it up for existing bins only, not first for every
    -- bin that a series could have (measured: a fifth of the time).
    left join {{ ref('model_monitor', 'int_monitor__bin_labels') }} as labels
        on series.monitor = labels.monitor
        and series.log = labels.log
        and series.subject = labels.subject
        and window_bins.ruler_version = labels.ruler_version
        and window_bins.bin = labels.bin
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on window_bins.monitor = monitors.monitor
    where window_bins.row_count > 0
        and (series.slice_name = '(all)' or totals.row_count >= monitors.min_cell)
        -- A subquery per row, not a join: grouped rows have no statistics. Postgres expects one row
        -- from such a join, and then scans whole tables for each bin.
        and ({{ model_monitor.listed_columns('window_bins', story) }}) not in (
            select {{ model_monitor.listed_columns('', story) }} from of_two_rulers
        )
        and {{ model_monitor.is_unprotected('series') }}
        and {{ model_monitor.is_unprotected_subject('series') }}

),

-- partitioned by the columns that readers filter by, so a filter applies first
checked as (

    select
        *,
        {{ model_monitor.is_publishable('row_count', 'all_rows', whole, 'bin') }} as is_published
    from labelled

),

final as (

    select
        monitor,
        log,
        role,
        model_version,
        window_name,
        window_start,
        window_end,
        slice_name,
        slice_value,
        subject,
        bin,
        bin_kind,
        bin_group,
        bin_label,
        lower,
        upper,
        case when is_published then row_count end as row_count,
        case when is_published then {{ model_monitor.safe_divide('row_count', 'all_rows') }} end
            as share,
        ruler_version
    from checked

)

select * from final
