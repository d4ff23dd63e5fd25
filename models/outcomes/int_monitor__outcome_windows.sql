{{ model_monitor.table_model() }}
{#- The bins of the touched windows: sums of days, for each version and all live versions together.
    int_monitor__score_sums has the names and everything that does not depend on the bin. A score is
    left out of a window in which an older ruler counted one of its days. -#}
{%- set counted = [
    'labelled_count', 'observed_count', 'sum_y', 'sum_p', 'scored_count', 'decided_count', 'predicted_count', 'sum_scored',
] %}

with window_periods as (

    select * from {{ ref('model_monitor', 'int_monitor__window_periods') }}
    where {{ model_monitor.is_outcome_log('log') }}

),

outcome_bins as (

    select * from {{ ref('model_monitor', 'int_monitor__outcome_bins') }}
    where model_version <> '(all)'
        and class <> '{{ model_monitor.worth_class() }}'
        and (labelled_count > 0 or observed_count > 0 or scored_count > 0)

),

across_rulers as (

    {{ model_monitor.scores_across_rulers() | indent(4) }}

),

treated as (

    select * from {{ ref('model_monitor', 'int_monitor__treated_windows') }}

),

-- every bin twice: as a part of its version, and of all live versions
bins as (

    {%- for series in ['series_id', 'all_series_id'] %}
    {{ 'union all' if not loop.first }}
    select
        monitor,
        log,
        period_start,
        slice_name,
        score,
        class,
        {{ series }} as series_id,
        false as is_untreated,
        bin,
        {{ model_monitor.listed_columns('', counted) }}
    from outcome_bins
    {{ "where role = 'live'" if series == 'all_series_id' }}

    union all

    select
        outcome_bins.monitor,
        outcome_bins.log,
        outcome_bins.period_start,
        outcome_bins.slice_name,
        outcome_bins.score,
        outcome_bins.class,
        outcome_bins.{{ series }}{{ ' as series_id' if series != 'series_id' }},
        true as is_untreated,
        outcome_bins.bin,
        {{ model_monitor.listed_columns('outcome_bins', counted) }}
    from outcome_bins
    inner join {{ ref('model_monitor', 'int_monitor__logs') }} as logs
        on outcome_bins.monitor = logs.monitor
        and logs.log = 'predictions'
        and logs.control_arm is not null
        and outcome_bins.arm in ('', logs.control_arm)
    where outcome_bins.role = 'live'
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
        cast(sum(bins.predicted_count) as bigint) as predicted_count,
        cast(sum(bins.sum_scored) as decimal(38, 0)) as sum_scored
    from window_periods
    inner join bins
        on window_periods.monitor = bins.monitor
        and window_periods.log = bins.log
        and window_periods.period_time = bins.period_start
    left join across_rulers
        on window_periods.window_id = across_rulers.window_id
        and bins.score = across_rulers.score
        and bins.class = across_rulers.class
    where across_rulers.window_id is null
        and (not bins.is_untreated or window_periods.window_id in (select window_id from treated))
        and (window_periods.has_slices or bins.slice_name = '(all)')
        and (window_periods.has_combinations or position('+' in bins.slice_name) = 0)
    group by
        window_periods.window_id,
        bins.series_id,
        bins.is_untreated,
        bins.bin

)

select * from final
