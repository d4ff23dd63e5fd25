{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'window_name', 'window_end'],
    replaced_by='int_monitor__touched_windows'
) }}
{#- Windows are sums of periods: each version, and all live versions together.

    A metric exists for a window and slice if every period of it was counted, so a new metric or
    slice starts with the first complete window. A plain sum without rows is 0, not absent. If an
    experiment treated an arm, ratios of the untreated live rows appear again as role untreated.
    Plain sums do not, because they would be only a part. -#}
{%- set measured = [
    'model_version', 'window_name', 'window_start', 'window_end', 'slice_name', 'slice_value',
    'metric', 'row_count', 'sum_a', 'sum_b', 'sum_aa', 'sum_bb', 'sum_ab', 'sum_aa_high',
    'sum_bb_high', 'sum_ab_high', 'clamped_count'
] %}

with touched as (

    select * from {{ ref('model_monitor', 'int_monitor__touched_windows') }}

),

definitions as (

    select * from {{ ref('model_monitor', 'int_monitor__metric_definitions') }}

),

-- the sums that the current configuration defines
sums as (

    select
        metric_sums.*,
        definitions.is_ratio,
        {{ model_monitor.is_treated('metric_sums') }} as is_treated
    from {{ ref('model_monitor', 'int_monitor__metric_sums') }} as metric_sums
    inner join definitions
        on metric_sums.monitor = definitions.monitor
        and metric_sums.log = definitions.log
        and metric_sums.metric = definitions.metric
        and metric_sums.definition = definitions.definition
    inner join {{ ref('model_monitor', 'int_monitor__logs') }} as logs
        on metric_sums.monitor = logs.monitor
        and metric_sums.log = logs.log

),

window_periods as (

    select
        touched.monitor,
        touched.log,
        touched.window_name,
        touched.window_start,
        touched.window_end,
        touched.grain,
        date_trunc('day', coalesce(recent_days.day_start, touched.window_start)) as period_start,
        coalesce(recent_days.day_start, touched.window_start) as period_time,
        count(*) over (
            partition by touched.monitor, touched.log, touched.window_name, touched.window_end
        ) as period_count
    from touched
    left join ({{ model_monitor.recent_days(4000) }}) as recent_days
        on touched.grain = 'day'
        and recent_days.day_start >= touched.window_start
        and recent_days.day_start < touched.window_end

),

covered as (

    select
        window_periods.monitor,
        window_periods.log,
        window_periods.window_name,
        window_periods.window_start,
        window_periods.window_end,
        sums.slice_name,
        sums.metric,
        sums.is_ratio
    from window_periods
    inner join sums
        on window_periods.monitor = sums.monitor
        and window_periods.log = sums.log
        and window_periods.grain = sums.grain
        and window_periods.period_start = sums.period_start
    where sums.model_version = '(all)'
        -- combinations are evaluated by day only
        and (
            window_periods.window_name in ('hour', 'day')
            or {{ model_monitor.is_single_slice('sums.slice_name') }}
        )
    group by
        window_periods.monitor,
        window_periods.log,
        window_periods.window_name,
        window_periods.window_start,
        window_periods.window_end,
        sums.slice_name,
        sums.metric,
        sums.is_ratio
    having count(*) = max(window_periods.period_count)

),

by_arm as (

    select
        window_periods.monitor,
        window_periods.log,
        sums.role,
        sums.model_version,
        window_periods.window_name,
        window_periods.window_start,
        window_periods.window_end,
        sums.slice_name,
        sums.slice_value,
        sums.metric,
        sums.is_ratio,
        sums.is_treated,
        sum(sums.row_count) as row_count,
        sum(sums.sum_a) as sum_a,
        sum(sums.sum_b) as sum_b,
        sum(sums.sum_aa) as sum_aa,
        sum(sums.sum_bb) as sum_bb,
        sum(sums.sum_ab) as sum_ab,
        sum(sums.sum_aa_high) as sum_aa_high,
        sum(sums.sum_bb_high) as sum_bb_high,
        sum(sums.sum_ab_high) as sum_ab_high,
        sum(sums.clamped_count) as clamped_count
    from window_periods
    inner join sums
        on window_periods.monitor = sums.monitor
        and window_periods.log = sums.log
        and window_periods.grain = sums.grain
        and window_periods.period_time = sums.period_time
    where sums.model_version <> '(all)'
        and (
            window_periods.window_name in ('hour', 'day')
            or {{ model_monitor.is_single_slice('sums.slice_name') }}
        )
    group by
        window_periods.monitor,
        window_periods.log,
        sums.role,
        sums.model_version,
        window_periods.window_name,
        window_periods.window_start,
        window_periods.window_end,
        sums.slice_name,
        sums.slice_value,
        sums.metric,
        sums.is_ratio,
        sums.is_treated

),

treated as (

    select distinct
        monitor,
        log,
        window_name,
        window_end
    from by_arm
    where is_treated

),

by_version as (

    select
        monitor,
        log,
        role,
        {{ model_monitor.listed_columns('', measured) }}
    from by_arm

    union all

    select
        by_arm.monitor,
        by_arm.log,
        'untreated' as role,
        {{ model_monitor.listed_columns('by_arm', measured) }}
    from by_arm
    inner join treated
        on by_arm.monitor = treated.monitor
        and by_arm.log = treated.log
        and by_arm.window_name = treated.window_name
        and by_arm.window_end = treated.window_end
    where by_arm.role = 'live'
        and by_arm.is_ratio
        and not by_arm.is_treated

),

reported_values as (

    select
        slices.monitor,
        slices.log,
        slices.slice_name,
        coalesce(vocabulary.slice_value, '(all)') as slice_value
    from {{ ref('model_monitor', 'int_monitor__evaluated_slices') }} as slices
    left join {{ ref('model_monitor', 'int_monitor__vocabulary') }} as vocabulary
        on slices.monitor = vocabulary.monitor
        and slices.log = vocabulary.log
        and slices.slice_name = vocabulary.slice_name
    where slices.column_count = 0
        or (slices.column_count = 1 and vocabulary.slice_value is not null)

),

present_versions as (

    select distinct
        monitor,
        log,
        window_name,
        window_end,
        role,
        model_version
    from by_version
    where slice_name = '(all)'
        and role <> 'untreated'

    union

    select
        monitor,
        log,
        window_name,
        window_end,
        'live' as role,
        '(all)' as model_version
    from touched

),

zeros as (

    select
        covered.monitor,
        covered.log,
        present_versions.role,
        present_versions.model_version,
        covered.window_name,
        covered.window_start,
        covered.window_end,
        covered.slice_name,
        reported_values.slice_value,
        covered.metric
    from covered
    inner join present_versions
        on covered.monitor = present_versions.monitor
        and covered.log = present_versions.log
        and covered.window_name = present_versions.window_name
        and covered.window_end = present_versions.window_end
    inner join reported_values
        on covered.monitor = reported_values.monitor
        and covered.log = reported_values.log
        and covered.slice_name = reported_values.slice_name
    where not covered.is_ratio

),

windows as (

    select * from by_version

    union all

    select
        monitor,
        log,
        role,
        '(all)' as model_version,
        {{ model_monitor.listed_columns('', measured[1:]) }}
    from by_version
    where role in ('live', 'untreated')

    union all

    select
        zeros.*,
        0 as row_count,
        0 as sum_a,
        0 as sum_b,
        0 as sum_aa,
        0 as sum_bb,
        0 as sum_ab,
        0 as sum_aa_high,
        0 as sum_bb_high,
        0 as sum_ab_high,
        0 as clamped_count
    from zeros

),

final as (

    select
        windows.monitor,
        windows.log,
        windows.role,
        windows.model_version,
        windows.window_name,
        cast(windows.window_start as timestamp) as window_start,
        cast(windows.window_end as timestamp) as window_end,
        windows.slice_name,
        windows.slice_value,
        windows.metric,
        cast(sum(windows.row_count) as bigint) as row_count,
        cast(sum(windows.sum_a) as decimal(38, 0)) as sum_a,
        cast(sum(windows.sum_b) as decimal(38, 0)) as sum_b,
        cast(sum(windows.sum_aa) as decimal(38, 0)) as sum_aa,
        cast(sum(windows.sum_bb) as decimal(38, 0)) as sum_bb,
        cast(sum(windows.sum_ab) as decimal(38, 0)) as sum_ab,
        cast(sum(windows.sum_aa_high) as decimal(38, 0)) as sum_aa_high,
        cast(sum(windows.sum_bb_high) as decimal(38, 0)) as sum_bb_high,
        cast(sum(windows.sum_ab_high) as decimal(38, 0)) as sum_ab_high,
        cast(sum(windows.clamped_count) as bigint) as clamped_count
    from windows
    inner join covered
        on windows.monitor = covered.monitor
        and windows.log = covered.log
        and windows.window_name = covered.window_name
        and windows.window_end = covered.window_end
        and windows.slice_name = covered.slice_name
        and windows.metric = covered.metric
    group by
        windows.monitor,
        windows.log,
        windows.role,
        windows.model_version,
        windows.window_name,
        windows.window_start,
        windows.window_end,
        windows.slice_name,
        windows.slice_value,
        windows.metric

)

select * from final
