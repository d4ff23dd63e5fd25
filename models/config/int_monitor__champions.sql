{#- The champion, the version that others are compared with: from the configuration, else
    from the registry. -#}
{{ model_monitor.view_model() }}

with monitors as (

    select * from {{ ref('model_monitor', 'int_monitor__monitors') }}

),

registered as (

    select
        monitor,
        max(model_version) as model_version
    from {{ ref('model_monitor', 'stg_monitor__versions') }}
    where stage = 'champion'
    group by monitor

),

final as (

    select
        monitors.monitor,
        case
            when monitors.champion = 'registry' then registered.model_version
            else monitors.champion
        end as champion_version
    from monitors
    left join registered
        on monitors.monitor = registered.monitor

)

select * from final
