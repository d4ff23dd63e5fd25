{#- The dependence between rows of a slice in the evaluated windows: the median over the log's
    subjects. It stands in for measures without a history of their own. -#}
{{ model_monitor.table_model() }}
{%- set cell = ['window_name', 'window_end', 'slice_name', 'slice_value'] %}

-- An outcome is evaluated long after its predictions arrived, and uses their dispersion. The
-- evidence of a window is compared with that of the four weeks before it.
with reaches as (

    select
        monitor,
        window_name,
        min(window_end) - interval '28 days' as first_window_end
    from {{ ref('model_monitor', 'int_monitor__evaluated_windows') }}
    group by monitor, window_name

),

final as (

    select
        drift.monitor,
        drift.log,
        {{ model_monitor.listed_columns('drift', cell) }},
        percentile_cont(0.5) within group (order by drift.dispersion) as dispersion
    from {{ ref('model_monitor', 'monitor_drift') }} as drift
    inner join reaches
        on {{ model_monitor.joined_on('drift', 'reaches', ['monitor', 'window_name']) }}
        and drift.window_end > reaches.first_window_end
    where drift.role = 'live'
        and drift.model_version = '(all)'
    group by drift.monitor, drift.log, {{ model_monitor.listed_columns('drift', cell) }}

)

select * from final
