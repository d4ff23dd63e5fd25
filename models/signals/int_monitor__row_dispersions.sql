{#- How much the rows of a slice depend on each other in the judged windows: as the middle one of
    the log's subjects does. It stands in where a measure has no past of its own to tell. -#}
{{ config(materialized='table') }}
{%- set cell = ['window_name', 'window_end', 'slice_name', 'slice_value'] %}

-- an outcome is judged long after the rows of its predictions, and borrows from them
with windows as (

    select distinct
        monitor,
        window_name,
        window_end
    from {{ ref('model_monitor', 'int_monitor__evaluated_windows') }}

),

final as (

    select
        drift.monitor,
        drift.log,
        {{ model_monitor.listed_columns('drift', cell) }},
        percentile_cont(0.5) within group (order by drift.dispersion) as dispersion
    from {{ ref('model_monitor', 'monitor_drift') }} as drift
    inner join windows
        on {{ model_monitor.joined_on(
            'drift', 'windows', ['monitor', 'window_name', 'window_end']
        ) }}
    where drift.role = 'live'
        and drift.model_version = '(all)'
    group by drift.monitor, drift.log, {{ model_monitor.listed_columns('drift', cell) }}

)

select * from final
