{{ config(materialized='table') }}
{#- The bins of the touched windows: sums of days, each version and all live versions together.
    Names and all that does not depend on the bin are in int_monitor__score_sums. What was binned by
    an older ruler is left out. -#}

with window_periods as (

    select * from {{ ref('model_monitor', 'int_monitor__window_periods') }}
    where {{ model_monitor.is_outcome_log('log') }}

),

current_bins as (

    select bins.*
    from {{ ref('model_monitor', 'int_monitor__outcome_bins') }} as bins
    left join {{ ref('model_monitor', 'int_monitor__outcome_scores') }} as scores
        on bins.monitor = scores.monitor
        and bins.log = scores.log
        and bins.score = scores.score
        and bins.class = scores.class
    left join {{ ref('model_monitor', 'int_monitor__ruler_subjects') }} as rulers
        on scores.monitor = rulers.monitor
        and rulers.log = 'predictions'
        and scores.subject = rulers.subject
    where bins.ruler_version is null
        or bins.ruler_version = rulers.ruler_version

),

treated as (

    select * from {{ ref('model_monitor', 'int_monitor__treated_windows') }}

),

-- every bin twice: as a part of its version, and of all live ones
bins as (

    {%- for series in ['series_id', 'all_series_id'] %}
    {{ 'union all' if not loop.first }}
    select
        monitor,
        log,
        period_start,
        slice_name,
        {{ series }} as series_id,
        false as is_untreated,
        bin,
        sum(labelled_count) as labelled_count,
        sum(observed_count) as observed_count,
        sum(sum_y) as sum_y,
        sum(sum_p) as sum_p,
        sum(scored_count) as scored_count,
        sum(decided_count) as decided_count,
        sum(said_count) as said_count,
        sum(sum_scored) as sum_scored
    from current_bins
    where model_version <> '(all)'
        {{- " and role = 'live'" if series == 'all_series_id' }}
        and (labelled_count > 0 or observed_count > 0 or scored_count > 0)
    group by monitor, log, period_start, slice_name, {{ series }}, bin

    union all

    select
        current_bins.monitor,
        current_bins.log,
        current_bins.period_start,
        current_bins.slice_name,
        current_bins.{{ series }}{{ ' as series_id' if series != 'series_id' }},
        true as is_untreated,
        current_bins.bin,
        sum(current_bins.labelled_count) as labelled_count,
        sum(current_bins.observed_count) as observed_count,
        sum(current_bins.sum_y) as sum_y,
        sum(current_bins.sum_p) as sum_p,
        sum(current_bins.scored_count) as scored_count,
        sum(current_bins.decided_count) as decided_count,
        sum(current_bins.said_count) as said_count,
        sum(current_bins.sum_scored) as sum_scored
    from current_bins
    inner join {{ ref('model_monitor', 'int_monitor__logs') }} as logs
        on current_bins.monitor = logs.monitor
        and logs.log = 'predictions'
        and logs.control_arm is not null
        and current_bins.arm in ('', logs.control_arm)
    where current_bins.model_version <> '(all)'
        and current_bins.role = 'live'
        and (
            current_bins.labelled_count > 0
            or current_bins.observed_count > 0
            or current_bins.scored_count > 0
        )
    group by
        current_bins.monitor,
        current_bins.log,
        current_bins.period_start,
        current_bins.slice_name,
        current_bins.{{ series }},
        current_bins.bin
    {%- endfor %}

),

final as (

    select
        window_periods.window_id,
        case
            when bins.is_untreated then {{ model_monitor.untreated_series('bins.series_id') }}
            else bins.series_id
        end as series_id,
        bins.bin,
        cast(sum(bins.labelled_count) as bigint) as labelled_count,
        cast(sum(bins.observed_count) as bigint) as observed_count,
        cast(sum(bins.sum_y) as decimal(38, 0)) as sum_y,
        cast(sum(bins.sum_p) as decimal(38, 0)) as sum_p,
        cast(sum(bins.scored_count) as bigint) as scored_count,
        cast(sum(bins.decided_count) as bigint) as decided_count,
        cast(sum(bins.said_count) as bigint) as said_count,
        cast(sum(bins.sum_scored) as decimal(38, 0)) as sum_scored
    from window_periods
    inner join bins
        on window_periods.monitor = bins.monitor
        and window_periods.log = bins.log
        and window_periods.period_time = bins.period_start
    where (not bins.is_untreated or window_periods.window_id in (select window_id from treated))
        and (window_periods.has_slices or bins.slice_name = '(all)')
        and (window_periods.has_combinations or position('+' in bins.slice_name) = 0)
    group by
        window_periods.window_id,
        bins.series_id,
        bins.is_untreated,
        bins.bin

)

select * from final
