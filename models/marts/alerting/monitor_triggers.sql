{{ config(materialized='table') }}
{#- What ought to be done to which model, as of now: what open incidents recommend, and what the age
    of a version asks for. Nothing is trained while what comes in is at fault. -#}
{%- set as_of = model_monitor.as_of_timestamp() %}

with open_incidents as (

    select *
    from {{ ref('model_monitor', 'monitor_incidents') }}
    where state in ('firing', 'acknowledged', 'stale')
        and nature <> 'expected'
        and (inhibited_by is null or is_safety)

),

asked as (

    select
        monitor,
        model_version,
        recommended_action as action,
        message as reason
    from open_incidents

),

-- a version that serves, trained on data older than its monitor allows
aged as (

    select
        versions.monitor,
        versions.model_version,
        'retrain' as action,
        'trained on data until ' || {{ model_monitor.shown_time('versions.trained_to') }}
            || ', more than '
            || {{ model_monitor.shown_number('monitors.max_age_seconds / 86400.0') }}
            || ' days ago' as reason
    from {{ ref('model_monitor', 'stg_monitor__versions') }} as versions
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on versions.monitor = monitors.monitor
    where monitors.max_age_seconds > 0
        and coalesce(versions.stage, '') not in ('retired', 'shadow')
        and {{ dbt.datediff('versions.trained_to', as_of, 'second') }} > monitors.max_age_seconds

),

reasons as (

    select * from asked
    union all
    select * from aged

),

-- an open fault of the data, by monitor
faults as (

    select
        monitor,
        {{ model_monitor.joined_texts('message', "fix = 'pipeline'") }} as blocked_by
    from open_incidents
    group by monitor

),

triggers as (

    select
        monitor,
        model_version,
        action,
        {{ model_monitor.joined_texts('reason', 'reason is not null') }} as reasons
    from reasons
    group by monitor, model_version, action

),

final as (

    select
        triggers.monitor,
        triggers.model_version,
        triggers.action,
        triggers.action not in ('retrain', 'recalibrate') or faults.blocked_by is null as due,
        triggers.reasons,
        case
            when triggers.action in ('retrain', 'recalibrate') then faults.blocked_by
        end as blocked_by
    from triggers
    left join faults
        on triggers.monitor = faults.monitor

)

select * from final
