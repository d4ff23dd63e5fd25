{#- The serving version, as far as the configuration or the registry names it. -#}
{{ model_monitor.view_model() }}

with registered as (

    select
        monitor,
        model_version,
        max(trained_to) as trained_to,
        max(deployed_at) as deployed_at
    from {{ ref('model_monitor', 'stg_monitor__versions') }}
    group by monitor, model_version

),

final as (

    select
        champions.monitor,
        champions.champion_version,
        registered.trained_to,
        registered.deployed_at
    from {{ ref('model_monitor', 'int_monitor__champions') }} as champions
    left join registered
        on champions.monitor = registered.monitor
        and champions.champion_version = registered.model_version

)

select * from final
