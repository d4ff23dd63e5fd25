{{ config(materialized='table') }}
{#- What is not told of protected slices in the touched windows of a log, metric by metric: groups
    of too few rows. What is hidden of its volume is hidden of everything that is counted of it. -#}
{%- set window = ['monitor', 'log', 'window_name', 'window_end'] %}
{%- set key = window + ['role', 'model_version', 'slice_name', 'slice_value', 'metric'] %}
{%- set place = window + ['population', 'slice_name', 'metric'] %}
{%- set group = key | reject('equalto', 'role') | list %}

with protected as (

    select
        {{ model_monitor.listed_columns('window_metrics', key) }},
        window_metrics.row_count,
        monitors.min_cell
    from {{ ref('model_monitor', 'int_monitor__window_metrics') }} as window_metrics
    inner join {{ ref('model_monitor', 'int_monitor__touched_windows') }} as touched
        on window_metrics.monitor = touched.monitor
        and window_metrics.log = touched.log
        and window_metrics.window_name = touched.window_name
        and window_metrics.window_end = touched.window_end
    inner join {{ ref('model_monitor', 'int_monitor__protected_slices') }} as protected_slices
        on window_metrics.monitor = protected_slices.monitor
        and window_metrics.slice_name = protected_slices.slice_name
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on window_metrics.monitor = monitors.monitor

),

parts as (

    {{ model_monitor.parts_of_groups('protected', group, ['row_count'], ['min_cell']) }}

),

cells as (

    select
        {{ model_monitor.listed_columns('', window) }},
        {{ model_monitor.population_of('part_role') }} as population,
        slice_name,
        metric,
        {{ model_monitor.level_of('model_version') }} as level,
        model_version || ' ' || part_role as part,
        slice_value,
        row_count,
        case when {{ model_monitor.are_few('row_count') }} then 1 else 0 end as is_small
    from parts

),

hidden as (

    {{ model_monitor.hidden_groups('cells', place) }}

),

final as (

    select distinct {{ model_monitor.listed_columns('protected', key) }}
    from protected
    inner join hidden
        on {{ model_monitor.joined_on('protected', 'hidden', window) }}
        and {{ model_monitor.population_of('protected.role') }} = hidden.population
        and protected.slice_name = hidden.slice_name
        and protected.slice_value = hidden.slice_value
        and hidden.metric in (protected.metric, 'volume')
        and (hidden.level = '(all)' or protected.model_version <> '(all)')

)

select * from final
