{#- The dependence between rows of a slice in the evaluated windows: the median over the log's
    subjects. It stands in for measures without a history of their own. -#}
{{ model_monitor.table_model() }}
{%- set cell = ['window_name', 'window_end', 'slice_name', 'slice_value'] %}

-- an outcome is evaluated long after its predictions arrived, and uses their dispersion
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
