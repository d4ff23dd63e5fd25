{#- Versions that may replace the serving one: the registry calls them candidates, they run next to
    it, or they were deployed after it. -#}
{{ model_monitor.view_model() }}

with registered as (

    select
        monitor,
        model_version,
        max(deployed_at) as deployed_at,
        max(stage) as stage
    from {{ ref('model_monitor', 'stg_monitor__versions') }}
    group by monitor, model_version

),

-- from the end of the first window that contains a row of the version
seen as (

    select
        monitor,
        model_version,
        min(window_end) as first_seen_at,
        max(case when role in ('shadow', 'canary') then 1 else 0 end) as is_tried
    from {{ ref('model_monitor', 'monitor_metrics') }}
    where log = 'predictions'
        and metric = 'volume'
        and slice_name = '(all)'
        and model_version <> '(all)'
        and row_count > 0
    group by monitor, model_version

),

known as (

    select
        monitor,
        model_version
    from registered

    union

    select
        monitor,
        model_version
    from seen

),

versions as (

    select
        known.monitor,
        known.model_version,
        coalesce(registered.deployed_at, seen.first_seen_at) as since,
        coalesce(registered.stage, '') as stage,
        coalesce(seen.is_tried, 0) = 1 as is_tried
    from known
    left join registered
        on known.monitor = registered.monitor
        and known.model_version = registered.model_version
    left join seen
        on known.monitor = seen.monitor
        and known.model_version = seen.model_version

),

final as (

    select
        versions.monitor,
        versions.model_version as candidate_version,
        versions.since
    from versions
    inner join {{ ref('model_monitor', 'int_monitor__served_versions') }} as served
        on versions.monitor = served.monitor
        and versions.model_version <> served.champion_version
    where versions.stage <> 'retired'
        and versions.since <= {{ model_monitor.as_of_timestamp() }}
        and (
            versions.stage in ('challenger', 'shadow', 'canary', 'candidate')
            or versions.is_tried
            or versions.since > served.deployed_at
        )

)

select * from final
