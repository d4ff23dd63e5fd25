{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'window_name', 'window_end'],
    replaced_by='int_monitor__touched_windows'
) }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__touched_windows') }}
{%- set double = model_monitor.type_double() %}

-- only comparisons that moved, over days or longer
with moved as (

    select
        touched.monitor,
        touched.log,
        comparisons.role,
        comparisons.model_version,
        touched.window_name,
        touched.window_start,
        touched.window_end,
        series.slice_name,
        series.slice_value,
        series.subject,
        comparisons.baseline,
        comparisons.comparison_id,
        comparisons.row_count,
        comparisons.baseline_row_count,
        distances.psi,
        group_counts.bin_count,
        monitors.min_cell
    from {{ ref('model_monitor', 'int_monitor__comparisons') }} as comparisons
    inner join {{ ref('model_monitor', 'int_monitor__touched_windows') }} as touched
        on comparisons.window_id = touched.window_id
        and touched.grain = 'day'
    inner join {{ ref('model_monitor', 'int_monitor__series') }} as series
        on comparisons.series_id = series.series_id
    inner join {{ ref('model_monitor', 'int_monitor__group_distances') }} as distances
        on comparisons.comparison_id = distances.comparison_id
    inner join {{ ref('model_monitor', 'int_monitor__group_counts') }} as group_counts
        on comparisons.subject_id = group_counts.subject_id
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on touched.monitor = monitors.monitor
    where comparisons.is_sufficient
        and (touched.monitor, series.slice_name) not in (
            {{ model_monitor.protected_slices() }}
        )
        and (touched.monitor, touched.log, series.subject) not in (
            {{ model_monitor.protected_subjects() }}
        )
        -- the limit for all rows, which finds candidates, precedes the limit for slices
        and distances.psi >= {{ model_monitor.large_psi("'(all)'") }}
        and (
            series.slice_name = '(all)'
            or distances.psi >= {{ model_monitor.large_psi('series.slice_name') }}
        )

),

groups as (

    select
        moved.comparison_id,
        aligned_bins.bin_group,
        cast(sum(aligned_bins.current_count) as bigint) as group_count,
        cast(sum(aligned_bins.baseline_count) as bigint) as baseline_group_count
    from moved
    inner join {{ ref('model_monitor', 'int_monitor__aligned_bins') }} as aligned_bins
        on moved.comparison_id = aligned_bins.comparison_id
    group by moved.comparison_id, aligned_bins.bin_group

),

shares as (

    select
        moved.*,
        groups.bin_group,
        groups.group_count,
        groups.baseline_group_count,
        {{ model_monitor.safe_divide('groups.group_count', 'moved.row_count') }} as share,
        {{ model_monitor.safe_divide('groups.baseline_group_count', 'moved.baseline_row_count') }}
            as baseline_share
    from moved
    inner join groups
        on moved.comparison_id = groups.comparison_id

),

terms as (

    select
        *,
        {{ model_monitor.psi_term('share', 'baseline_share', 'bin_count') }} as psi_part
    from shares

),

placed as (

    select
        *,
        row_number() over (
            partition by comparison_id
            order by {{ model_monitor.rounded('psi_part', 12) }} desc, bin_group asc
        ) as place
    from terms

),

-- an unpublished count has no share, nor any number that would reveal it
checked as (

    select
        *,
        {{ model_monitor.is_publishable(
            'group_count', 'row_count', ['comparison_id'], 'bin_group'
        ) }} as has_count,
        {{ model_monitor.is_publishable(
            'baseline_group_count', 'baseline_row_count', ['comparison_id'], 'bin_group'
        ) }} as has_baseline_count
    from placed
    where place <= 3

),

final as (

    select
        placed.monitor,
        placed.log,
        placed.role,
        placed.model_version,
        placed.window_name,
        placed.window_start,
        placed.window_end,
        placed.slice_name,
        placed.slice_value,
        placed.subject,
        placed.baseline,
        cast(placed.place as integer) as place,
        placed.bin_group,
        labels.group_label,
        case when placed.has_count then placed.group_count end as row_count,
        case when placed.has_baseline_count then placed.baseline_group_count end
            as baseline_row_count,
        cast(case when placed.has_count then placed.share end as {{ double }}) as share,
        cast(case when placed.has_baseline_count then placed.baseline_share end as {{ double }})
            as baseline_share,
        cast(case
            when placed.has_count and placed.has_baseline_count then placed.psi_part
        end as {{ double }}) as psi_part,
        -- if a count is hidden, the share is rounded: with all its digits it would reveal the count
        cast(case
            when placed.has_count and placed.has_baseline_count
                then {{ model_monitor.safe_divide('placed.psi_part', 'placed.psi') }}
            else {{ model_monitor.rounded(
                model_monitor.safe_divide('placed.psi_part', 'placed.psi'), 1
            ) }}
        end as {{ double }}) as psi_share
    from checked as placed
    inner join {{ ref('model_monitor', 'int_monitor__group_labels') }} as labels
        on placed.monitor = labels.monitor
        and placed.log = labels.log
        and placed.subject = labels.subject
        and placed.bin_group = labels.bin_group

)

select * from final
