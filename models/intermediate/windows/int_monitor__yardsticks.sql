{#- What is usual: the dispersion of chi² and the level and spread of PSI over the clean windows
    before each window (or, against the reference, the first 28 after the ruler froze). All live
    versions together: a new version is judged by what is usual for the log. -#}
{{ config(materialized='table') }}

with rejudged as (

    select * from {{ ref('model_monitor', 'int_monitor__rejudged_windows') }}

),

suspects as (

    select
        monitor,
        log,
        period_start,
        slice_name,
        slice_value,
        subject
    from {{ ref('model_monitor', 'int_monitor__suspects') }}
    where is_suspect

),

-- how far back a history reaches; the reference's yardstick is as old as the log
reaches as (

    select
        windows.monitor,
        windows.log,
        windows.window_name,
        min(windows.first_window_end) as first_window_end,
        min(windows.window_end) as first_judged
    from {{ ref('model_monitor', 'int_monitor__windows') }} as windows
    inner join rejudged
        on windows.monitor = rejudged.monitor
        and windows.log = rejudged.log
        and windows.window_name = rejudged.window_name
        and windows.window_end = rejudged.window_end
    group by windows.monitor, windows.log, windows.window_name

),

distances as (

    select
        distances.monitor,
        distances.log,
        distances.window_name,
        distances.window_start,
        distances.window_end,
        distances.slice_name,
        distances.slice_value,
        distances.subject,
        distances.baseline,
        extract(hour from distances.window_start) as hour_of_day,
        distances.window_end <= reaches.first_window_end + interval '56 days' as is_early,
        distances.chi2 / nullif(
            distances.chi2_df * {{ model_monitor.chi2_median_factor('distances.chi2_df') }}, 0
        ) as chi2_ratio,
        {{ model_monitor.cube_root('distances.psi_valid') }} as psi_root
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

unclean as (

    select
        distances.monitor,
        distances.log,
        distances.window_name,
        distances.window_end,
        distances.slice_name,
        distances.slice_value,
        distances.subject
    from distances
    inner join suspects
        on distances.monitor = suspects.monitor
        and distances.log = suspects.log
        and distances.subject = suspects.subject
        and suspects.period_start < distances.window_end
        and suspects.period_start >= date_trunc('day', distances.window_start)
        and (
            suspects.slice_name = '(all)'
            or (
                suspects.slice_name = distances.slice_name
                and suspects.slice_value = distances.slice_value
            )
        )
    group by
        distances.monitor,
        distances.log,
        distances.window_name,
        distances.window_end,
        distances.slice_name,
        distances.slice_value,
        distances.subject

),

clean as (

    select
        distances.*,
        row_number() over (
            partition by
                distances.monitor,
                distances.log,
                distances.window_name,
                distances.slice_name,
                distances.slice_value,
                distances.subject,
                distances.baseline
            order by distances.window_end
        ) as clean_number
    from distances
    left join unclean
        on distances.monitor = unclean.monitor
        and distances.log = unclean.log
        and distances.window_name = unclean.window_name
        and distances.window_end = unclean.window_end
        and distances.slice_name = unclean.slice_name
        and distances.slice_value = unclean.slice_value
        and distances.subject = unclean.subject
    where unclean.monitor is null

),

judged as (

    select distances.*
    from distances
    inner join rejudged
        on distances.monitor = rejudged.monitor
        and distances.log = rejudged.log
        and distances.window_name = rejudged.window_name
        and distances.window_end = rejudged.window_end

),

histories as (

    select
        judged.monitor,
        judged.log,
        judged.window_name,
        judged.window_end,
        judged.slice_name,
        judged.slice_value,
        judged.subject,
        judged.baseline,
        clean.chi2_ratio,
        clean.psi_root,
        row_number() over lowest as from_below,
        row_number() over highest as from_above,
        count(*) over whole as history_count
    from judged
    inner join clean
        on judged.monitor = clean.monitor
        and judged.log = clean.log
        and judged.window_name = clean.window_name
        and judged.slice_name = clean.slice_name
        and judged.slice_value = clean.slice_value
        and judged.subject = clean.subject
        and judged.baseline = clean.baseline
        and (judged.window_name <> 'hour' or judged.hour_of_day = clean.hour_of_day)
        and clean.window_end < judged.window_end
        and case
            when judged.baseline = 'reference' then clean.clean_number <= 28 and clean.is_early
            else clean.window_end >= judged.window_end - interval '28 days'
        end
    window
        whole as (
            partition by
                judged.monitor, judged.log, judged.window_name, judged.window_end,
                judged.slice_name, judged.slice_value, judged.subject, judged.baseline
        ),
        lowest as (
            partition by
                judged.monitor, judged.log, judged.window_name, judged.window_end,
                judged.slice_name, judged.slice_value, judged.subject, judged.baseline
            order by clean.psi_root, clean.window_end
        ),
        highest as (
            partition by
                judged.monitor, judged.log, judged.window_name, judged.window_end,
                judged.slice_name, judged.slice_value, judged.subject, judged.baseline
            order by clean.psi_root desc, clean.window_end desc
        )

),

-- the two lowest and the two highest are pulled in to the third
bounds as (

    select
        monitor,
        log,
        window_name,
        window_end,
        slice_name,
        slice_value,
        subject,
        baseline,
        max(case when from_below = 3 then psi_root end) as low,
        max(case when from_above = 3 then psi_root end) as high
    from histories
    group by monitor, log, window_name, window_end, slice_name, slice_value, subject, baseline

),

final as (

    select
        histories.monitor,
        histories.log,
        histories.window_name,
        histories.window_end,
        histories.slice_name,
        histories.slice_value,
        histories.subject,
        histories.baseline,
        cast(max(histories.history_count) as integer) as history_count,
        greatest(
            1.0, percentile_cont(0.5) within group (order by histories.chi2_ratio)
        ) as dispersion,
        {{ model_monitor.exact_sum(
            'greatest(least(histories.psi_root, bounds.high), bounds.low)'
        ) }} / count(*) as psi_root_mean,
        case when count(*) >= 5
            then sqrt(greatest(
                (
                    {{ model_monitor.exact_sum(
                        'power(greatest(least(histories.psi_root, bounds.high), bounds.low), 2)'
                    ) }}
                    - power({{ model_monitor.exact_sum(
                        'greatest(least(histories.psi_root, bounds.high), bounds.low)'
                    ) }}, 2) / count(*)
                ) / (count(*) - 1),
                0.0
            )) / 0.87
        end as psi_root_scale
    from histories
    inner join bounds
        on histories.monitor = bounds.monitor
        and histories.log = bounds.log
        and histories.window_name = bounds.window_name
        and histories.window_end = bounds.window_end
        and histories.slice_name = bounds.slice_name
        and histories.slice_value = bounds.slice_value
        and histories.subject = bounds.subject
        and histories.baseline = bounds.baseline
    group by
        histories.monitor,
        histories.log,
        histories.window_name,
        histories.window_end,
        histories.slice_name,
        histories.slice_value,
        histories.subject,
        histories.baseline

)

select * from final
