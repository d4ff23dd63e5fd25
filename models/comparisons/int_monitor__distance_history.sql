{#- The normal range: the dispersion of chi² and the level and spread of PSI over the clean windows
    before each window. Against the reference it uses the first 28 windows after the ruler was
    frozen. All live versions share one history, so a new version is evaluated against the normal
    range of the log. -#}
{{ model_monitor.table_model() }}

with reevaluated as (

    select * from {{ ref('model_monitor', 'int_monitor__reevaluated_windows') }}

),

suspects as (

    select
        suspects.period_start,
        suspects.slice_name,
        series.monitor,
        series.log,
        series.series_id,
        series.subject_id
    from {{ ref('model_monitor', 'int_monitor__suspect_days') }} as suspects
    inner join {{ ref('model_monitor', 'int_monitor__series') }} as series
        on suspects.monitor = series.monitor
        and suspects.log = series.log
        and suspects.slice_name = series.slice_name
        and suspects.slice_value = series.slice_value
        and suspects.subject = series.subject
    where suspects.is_suspect

),

-- the start of a history; the history against the reference is as old as the log
reaches as (

    select
        windows.monitor,
        windows.log,
        windows.window_name,
        min(windows.first_window_end) as first_window_end,
        min(windows.window_end) as first_judged
    from {{ ref('model_monitor', 'int_monitor__windows') }} as windows
    inner join reevaluated
        on windows.monitor = reevaluated.monitor
        and windows.log = reevaluated.log
        and windows.window_name = reevaluated.window_name
        and windows.window_end = reevaluated.window_end
    group by windows.monitor, windows.log, windows.window_name

),

distances as (

    select
        distances.monitor,
        distances.log,
        distances.window_name,
        distances.window_start,
        distances.window_end,
        distances.window_id,
        distances.series_id,
        distances.subject_id,
        distances.baseline,
        extract(hour from distances.window_start) as hour_of_day,
        distances.window_end <= reaches.first_window_end + interval '56 days' as is_early,
        distances.chi2 / nullif(
            distances.chi2_df * {{ model_monitor.chi2_median_factor('distances.chi2_df') }}, 0
        ) as chi2_ratio,
        {{ model_monitor.cube_root('distances.psi_valid') }} as psi_root,
        -- a day that passed over suspect days to its baseline, and is still far from it, compares
        -- the two sides of a change: that distance is no noise
        distances.baseline = 'last_week'
        and distances.baseline_window_end < distances.window_end - interval '7 days'
        and distances.psi_valid > 0.25 as is_across_change
    from {{ ref('model_monitor', 'int_monitor__distances') }} as distances
    inner join reaches
        on distances.monitor = reaches.monitor
        and distances.log = reaches.log
        and distances.window_name = reaches.window_name
    where distances.role = 'live'
        and distances.model_version = '(all)'
        and distances.is_sufficient
        and distances.psi_valid is not null
        and (
            distances.window_end >= reaches.first_judged - interval '28 days'
            or (
                distances.baseline = 'reference'
                and distances.window_end <= reaches.first_window_end + interval '56 days'
            )
        )

),

-- a day that is suspect overall makes the window unclean for every slice
suspect_windows as (

    select distinct
        distances.window_id,
        suspects.series_id,
        suspects.subject_id,
        suspects.slice_name
    from (
        select distinct
            monitor,
            log,
            window_id,
            window_start,
            window_end
        from distances
    ) as distances
    inner join suspects
        on distances.monitor = suspects.monitor
        and distances.log = suspects.log
        and suspects.period_start < distances.window_end
        and suspects.period_start >= date_trunc('day', distances.window_start)

),

clean as (

    select
        distances.*,
        row_number() over (
            partition by distances.window_name, distances.series_id, distances.baseline
            order by distances.window_end
        ) as clean_number
    from distances
    left join suspect_windows as suspect_whole
        on distances.window_id = suspect_whole.window_id
        and distances.subject_id = suspect_whole.subject_id
        and suspect_whole.slice_name = '(all)'
    left join suspect_windows as suspect_slice
        on distances.window_id = suspect_slice.window_id
        and distances.series_id = suspect_slice.series_id
        and suspect_slice.slice_name <> '(all)'
    where suspect_whole.window_id is null
        and suspect_slice.window_id is null
        and not coalesce(distances.is_across_change, false)

),

-- millions of rows are sorted and grouped below: a number is cheaper than the key
evaluated as (

    select
        row_number() over (
            order by distances.window_id, distances.series_id, distances.baseline
        ) as judged_id,
        distances.*
    from distances
    inner join reevaluated
        on distances.window_id = reevaluated.window_id

),

histories as (

    select
        evaluated.judged_id,
        clean.chi2_ratio,
        clean.psi_root,
        row_number() over lowest as from_below,
        count(*) over whole as history_count
    from evaluated
    inner join clean
        on evaluated.window_name = clean.window_name
        and evaluated.series_id = clean.series_id
        and evaluated.baseline = clean.baseline
        and (evaluated.window_name <> 'hour' or evaluated.hour_of_day = clean.hour_of_day)
        and clean.window_end < evaluated.window_end
        and case
            when evaluated.baseline = 'reference' then clean.clean_number <= 28 and clean.is_early
            else clean.window_end >= evaluated.window_end - interval '28 days'
        end
    window
        whole as (partition by evaluated.judged_id),
        lowest as (partition by evaluated.judged_id order by clean.psi_root, clean.window_end)

),

-- winsorize: the two lowest and two highest values become the third
bounds as (

    select
        judged_id,
        max(case when from_below = 3 then psi_root end) as low,
        max(case when from_below = history_count - 2 then psi_root end) as high
    from histories
    group by judged_id

),

winsorized as (

    select
        histories.judged_id,
        histories.history_count,
        histories.chi2_ratio,
        greatest(least(histories.psi_root, bounds.high), bounds.low) as psi_root
    from histories
    inner join bounds
        on histories.judged_id = bounds.judged_id

),

summed as (

    select
        judged_id,
        cast(max(history_count) as integer) as history_count,
        percentile_cont(0.5) within group (order by chi2_ratio) as chi2_ratio,
        {{ model_monitor.share_sum('psi_root') }} as psi_root_sum,
        {{ model_monitor.share_sum('power(psi_root, 2)') }} as psi_root_squares,
        count(*) as row_count
    from winsorized
    group by judged_id

),

final as (

    select
        evaluated.monitor,
        evaluated.log,
        evaluated.window_name,
        evaluated.window_end,
        evaluated.window_id,
        evaluated.series_id,
        evaluated.baseline,
        summed.history_count,
        -- what has never moved says nothing of how it would move
        case when summed.chi2_ratio > 0 then greatest(1.0, summed.chi2_ratio) end as dispersion,
        summed.psi_root_sum / summed.row_count as psi_root_mean,
        case when summed.row_count >= 5
            then sqrt(greatest(
                (
                    summed.psi_root_squares
                    - power(summed.psi_root_sum, 2) / summed.row_count
                ) / (summed.row_count - 1),
                0.0
            )) / 0.87
        end as psi_root_scale
    from summed
    inner join evaluated
        on summed.judged_id = evaluated.judged_id

)

select * from final
