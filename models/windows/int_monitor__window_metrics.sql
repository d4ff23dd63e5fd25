{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'window_name', 'window_end'],
    replaced_by='int_monitor__touched_windows'
) }}
{#- Windows are sums of periods: each version, and all live versions together.

    A metric exists for a window and slice if every period of it was counted, so a new metric or
    slice starts with the first complete window. A plain sum without rows is 0, not absent. If an
    experiment treated an arm, ratios of the untreated live rows appear again as role untreated.
    Plain sums do not, because they would be only a part. -#}
{%- set window = ['monitor', 'log', 'window_name', 'window_end'] %}
{%- set period = ['monitor', 'log', 'grain'] %}
{%- set place = [
    'model_version', 'window_name', 'window_start', 'window_end', 'slice_name', 'slice_value',
    'metric',
] %}
{%- set totals = [
    'sum_a', 'sum_b', 'sum_aa', 'sum_bb', 'sum_ab', 'sum_aa_high', 'sum_bb_high', 'sum_ab_high',
] %}
{%- set counts = ['row_count'] + totals + ['clamped_count'] %}
{%- set covered = [
    'windows.monitor', 'windows.log', 'windows.window_name', 'windows.window_start',
    'windows.window_end', 'sums.slice_name', 'sums.metric', 'sums.is_ratio',
] %}
{%- set each_arm = covered + [
    'sums.role', 'sums.model_version', 'sums.slice_value', 'sums.is_treated',
] %}

with touched as (

    select * from {{ ref('model_monitor', 'int_monitor__touched_windows') }}

),

-- the sums that the current configuration defines
sums as (

    select
        metric_sums.*,
        definitions.is_ratio,
        {{ model_monitor.is_treated('metric_sums') }} as is_treated
    from {{ ref('model_monitor', 'int_monitor__metric_sums') }} as metric_sums
    inner join {{ ref('model_monitor', 'int_monitor__metric_definitions') }} as definitions
        on {{ model_monitor.joined_on(
            'metric_sums', 'definitions', ['monitor', 'log', 'metric', 'definition']
        ) }}
    inner join {{ ref('model_monitor', 'int_monitor__logs') }} as logs
        on metric_sums.monitor = logs.monitor
        and metric_sums.log = logs.log

),

window_periods as (

    select
        touched.*,
        date_trunc('day', coalesce(recent_days.day_start, touched.window_start)) as period_start,
        coalesce(recent_days.day_start, touched.window_start) as period_time,
        count(*) over (
            partition by {{ model_monitor.listed_columns('touched', window) | indent(4) }}
        ) as period_count
    from touched
    left join ({{ model_monitor.recent_days(4000) }}) as recent_days
        on touched.grain = 'day'
        and recent_days.day_start >= touched.window_start
        and recent_days.day_start < touched.window_end

),

covered as (

    select {{ model_monitor.listed_columns('', covered) }}
    from window_periods as windows
    inner join sums
        on {{ model_monitor.joined_on('windows', 'sums', period + ['period_start']) }}
    where sums.model_version = '(all)'
        -- combinations are evaluated by day only
        and (
            windows.window_name in ('hour', 'day')
            or {{ model_monitor.is_single_slice('sums.slice_name') }}
        )
    group by {{ model_monitor.listed_columns('', covered) }}
    having count(*) = max(windows.period_count)

),

by_arm as (

    select
        {{ model_monitor.listed_columns('', each_arm) }}
        {%- for name in counts %},
        sum(sums.{{ name }}) as {{ name }}
        {%- endfor %}
    from window_periods as windows
    inner join sums
        on {{ model_monitor.joined_on('windows', 'sums', period + ['period_time']) }}
    where sums.model_version <> '(all)'
        and (
            windows.window_name in ('hour', 'day')
            or {{ model_monitor.is_single_slice('sums.slice_name') }}
        )
    group by {{ model_monitor.listed_columns('', each_arm) }}

),

treated as (

    select distinct {{ model_monitor.listed_columns('', window) }}
    from by_arm
    where is_treated

),

by_version as (

    select
        monitor,
        log,
        role,
        {{ model_monitor.listed_columns('', place + counts) }}
    from by_arm

    union all

    select
        by_arm.monitor,
        by_arm.log,
        'untreated' as role,
        {{ model_monitor.listed_columns('by_arm', place + counts) }}
    from by_arm
    inner join treated
        on {{ model_monitor.joined_on('by_arm', 'treated', window) }}
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
        on {{ model_monitor.joined_on('slices', 'vocabulary', ['monitor', 'log', 'slice_name']) }}
    where slices.column_count = 0
        or (slices.column_count = 1 and vocabulary.slice_value is not null)

),

present_versions as (

    select distinct
        {{ model_monitor.listed_columns('', window) }},
        role,
        model_version
    from by_version
    where slice_name = '(all)'
        and role <> 'untreated'

    union

    select
        {{ model_monitor.listed_columns('', window) }},
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
        on {{ model_monitor.joined_on('covered', 'present_versions', window) }}
    inner join reported_values
        on {{ model_monitor.joined_on(
            'covered', 'reported_values', ['monitor', 'log', 'slice_name']
        ) }}
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
        {{ model_monitor.listed_columns('', place[1:] + counts) }}
    from by_version
    where role in ('live', 'untreated')

    union all

    select
        zeros.*
        {%- for name in counts %},
        0 as {{ name }}
        {%- endfor %}
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
        {%- for name in totals %}
        cast(sum(windows.{{ name }}) as decimal(38, 0)) as {{ name }},
        {%- endfor %}
        cast(sum(windows.clamped_count) as bigint) as clamped_count
    from windows
    inner join covered
        on {{ model_monitor.joined_on('windows', 'covered', window + ['slice_name', 'metric']) }}
    group by {{ model_monitor.listed_columns('windows', ['monitor', 'log', 'role'] + place) }}

)

select * from final
