{{ model_monitor.table_model() }}
{#- The protected slices that are hidden in the touched windows of a log, metric by metric. The
    decision is made per day. A longer window is published if each of its days is, so it reveals
    nothing new. Hours are never published. A slice with a hidden volume hides every other count of
    the log as well. -#}
{%- set day = ['monitor', 'log', 'period_time'] %}
{%- set window = ['monitor', 'log', 'window_name', 'window_end'] %}
{%- set key = window + ['role', 'model_version', 'slice_name', 'slice_value', 'metric'] %}
{%- set place = day + ['population', 'slice_name', 'metric'] %}
{%- set group = day + ['model_version', 'slice_name', 'slice_value', 'metric'] %}

with protected_slices as (

    select * from {{ ref('model_monitor', 'int_monitor__protected_slices') }}

),

window_days as (

    select
        monitor,
        log,
        window_name,
        window_end,
        period_time
    from {{ ref('model_monitor', 'int_monitor__window_periods') }}
    where grain = 'day'
        and monitor in (select monitor from protected_slices)

),

days as (

    select distinct {{ model_monitor.listed_columns('', day) }} from window_days

),

counted as (

    select
        {{ model_monitor.listed_columns('sums', group) }},
        sums.role,
        {{ model_monitor.is_treated('sums') }} as is_treated,
        monitors.min_cell,
        sum(sums.row_count) as row_count
    from {{ ref('model_monitor', 'int_monitor__metric_sums') }} as sums
    inner join days
        on sums.monitor = days.monitor
        and sums.log = days.log
        and sums.period_time = days.period_time
    inner join protected_slices
        on sums.monitor = protected_slices.monitor
        and sums.slice_name = protected_slices.slice_name
    inner join {{ ref('model_monitor', 'int_monitor__metric_definitions') }} as definitions
        on sums.monitor = definitions.monitor
        and sums.log = definitions.log
        and sums.metric = definitions.metric
        and sums.definition = definitions.definition
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on sums.monitor = monitors.monitor
    inner join {{ ref('model_monitor', 'int_monitor__logs') }} as logs
        on sums.monitor = logs.monitor
        and sums.log = logs.log
    where sums.grain = 'day'
        and sums.model_version <> '(all)'
    group by
        {{ model_monitor.listed_columns('sums', group) }},
        sums.role,
        {{ model_monitor.is_treated('sums') }},
        monitors.min_cell

),

parts as (
    {{ model_monitor.parts_of_groups('counted', group, ['row_count'], ['min_cell']) }}
),

cells as (

    select
        {{ model_monitor.listed_columns('', day) }},
        {{ model_monitor.population_of('part_role') }} as population,
        slice_name,
        metric,
        {{ model_monitor.level_of('model_version') }} as level,
        model_version || ' ' || part_role as part,
        slice_value,
        row_count,
        case when {{ model_monitor.are_few('row_count') }} then 1 else 0 end as is_small,
        min_cell
    from parts
    where row_count > 0

),

hidden as (

    {{ model_monitor.hidden_groups('cells', place) | indent(4) }}

),

hidden_windows as (

    select distinct
        {{ model_monitor.listed_columns('window_days', window) }},
        hidden.population,
        hidden.slice_name,
        hidden.metric,
        hidden.level,
        hidden.slice_value
    from hidden
    inner join window_days
        on {{ model_monitor.joined_on('hidden', 'window_days', day) }}

),

protected as (

    select distinct {{ model_monitor.listed_columns('window_metrics', key) }}
    from {{ ref('model_monitor', 'int_monitor__window_metrics') }} as window_metrics
    inner join {{ ref('model_monitor', 'int_monitor__touched_windows') }} as touched
        on window_metrics.monitor = touched.monitor
        and window_metrics.log = touched.log
        and window_metrics.window_name = touched.window_name
        and window_metrics.window_end = touched.window_end
    inner join protected_slices
        on window_metrics.monitor = protected_slices.monitor
        and window_metrics.slice_name = protected_slices.slice_name

),

final as (

    select * from protected
    where window_name = 'hour'

    union all

    select distinct {{ model_monitor.listed_columns('protected', key) }}
    from protected
    inner join hidden_windows
        on {{ model_monitor.joined_on('protected', 'hidden_windows', window) }}
        and {{ model_monitor.population_of('protected.role') }} = hidden_windows.population
        and protected.slice_name = hidden_windows.slice_name
        and protected.slice_value = hidden_windows.slice_value
        and hidden_windows.metric in (protected.metric, 'volume')
        and (hidden_windows.level = '(all)' or protected.model_version <> '(all)')

)

select * from final
