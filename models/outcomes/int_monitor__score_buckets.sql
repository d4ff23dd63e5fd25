{{ model_monitor.table_model() }}
{#- The bucket of each bin of a probability: ten of equal mass in the reference, and ten of
    equal width. A bucket consists of complete bins, so a value with a tenth of all rows is a
    bucket of its own. -#}

with scores as (

    select * from {{ ref('model_monitor', 'int_monitor__outcome_scores') }}

),

bins as (

    select
        scores.monitor,
        scores.log,
        scores.score,
        scores.class,
        bins.bin,
        -- a point bin begins where the bin below it ends
        greatest(
            case
                when bins.lower_edge = bins.upper_edge
                    then {{ model_monitor.previous_double('bins.lower_edge') }}
                else bins.lower_edge
            end,
            0.0
        ) as lower_edge,
        least(bins.upper_edge, 1.0) as upper_edge,
        coalesce(reference.row_count, 0) as row_count
    from scores
    inner join {{ ref('model_monitor', 'int_monitor__ruler_bins') }} as bins
        on scores.monitor = bins.monitor
        and bins.log = 'predictions'
        and scores.subject = bins.subject
    inner join {{ ref('model_monitor', 'int_monitor__series') }} as series
        on scores.monitor = series.monitor
        and series.log = 'predictions'
        and series.slice_name = '(all)'
        and scores.subject = series.subject
    left join {{ ref('model_monitor', 'int_monitor__reference_days') }} as reference
        on reference.weekday = -1
        and series.series_id = reference.series_id
        and bins.bin = reference.bin
    where scores.score_kind <> 'regression'
        and bins.bin between 0 and 999

),

placed as (

    select
        *,
        sum(row_count) over (partition by monitor, log, score, class) as all_rows,
        sum(row_count) over (
            partition by monitor, log, score, class order by bin
            rows between unbounded preceding and current row
        ) - row_count as rows_before
    from bins

),

final as (

    select
        monitor,
        log,
        score,
        class,
        bin,
        lower_edge,
        upper_edge,
        -- the middle of the bin decides
        cast(1 + least(9, floor(
            coalesce({{ model_monitor.safe_divide(
                '10 * rows_before + 5 * row_count', 'all_rows'
            ) }}, 0)
        )) as integer) as mass_bucket,
        cast(greatest(1, ceil(10 * upper_edge - 1e-9)) as integer) as width_bucket
    from placed

)

select * from final
