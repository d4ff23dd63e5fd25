{{ model_monitor.table_model() }}
{#- Metrics of each score of the touched windows that follow from the order of the bins: areas under
    the curves, and the error from the unknown order within bins. -#}

with bins as (

    select
        windows.window_id,
        windows.series_id,
        windows.bin,
        windows.labelled_count,
        cast(windows.sum_y / 1000000 as bigint) as positives
    from {{ ref('model_monitor', 'int_monitor__outcome_windows') }} as windows
    inner join {{ ref('model_monitor', 'int_monitor__score_sums') }} as sums
        on windows.window_id = sums.window_id
        and windows.series_id = sums.series_id
    where sums.class not in ('(all)', '(label)', '(micro)')
        and windows.bin >= 0
        and windows.labelled_count > 0

),

ordered as (

    select
        *,
        sum(positives) over whole as all_positives,
        sum(labelled_count) over whole as all_rows,
        sum(positives) over upwards as positives_through,
        sum(labelled_count) over upwards as rows_through
    from bins
    window
        whole as (partition by window_id, series_id),
        upwards as (
            partition by window_id, series_id order by bin
            rows between unbounded preceding and current row
        )

),

totals as (

    select
        window_id,
        series_id,
        positives,
        labelled_count - positives as negatives,
        all_positives,
        all_rows - all_positives as all_negatives,
        rows_through - positives_through - (labelled_count - positives) as negatives_below,
        -- from the top down to this bin
        all_positives - positives_through + positives as found_positives,
        all_rows - rows_through + labelled_count as found_rows
    from ordered

),

final as (

    select
        window_id,
        series_id,
        cast(max(all_positives) as bigint) as positives,
        cast(max(all_negatives) as bigint) as negatives,
        {{ model_monitor.safe_divide(
            'sum(cast(positives as decimal(38, 0)) * (2 * negatives_below + negatives))',
            '(2 * cast(max(all_positives) as decimal(38, 0)) * max(all_negatives))'
        ) }} as roc_auc,
        {{ model_monitor.safe_divide(
            'sum(cast(positives as decimal(38, 0)) * negatives)',
            '(2 * cast(max(all_positives) as decimal(38, 0)) * max(all_negatives))'
        ) }} as roc_auc_error_bound,
        {{ model_monitor.share_sum(
            'cast(positives as ' ~ model_monitor.type_double()
            ~ ') / nullif(all_positives, 0) * found_positives / found_rows'
        ) }} as pr_auc
    from totals
    group by window_id, series_id

)

select * from final
