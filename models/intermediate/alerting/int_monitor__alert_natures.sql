{{ config(materialized='table') }}
{#- Whether what an alert saw came at once or had been on its way: how much of the change, from
    weeks before to the window in which it opened, was not yet there in the windows just before. -#}

with alerts as (

    select
        *,
        -- windows that overlap show one event on several days
        case window_name when 'hour' then 1 when 'day' then 24 when '7d' then 168 else 720 end
            as window_hours
    from {{ ref('model_monitor', 'int_monitor__alert_facts') }}
    where state <> 'pending'
        and family not in ('freshness', 'volume', 'dataset')

),

grouped as (

    select * from {{ ref('model_monitor', 'int_monitor__alert_groups') }}

),

signals as (

    select * from {{ ref('model_monitor', 'monitor_signals') }}

),

before as (

    select
        alerts.alert_id,
        signals.value,
        {{ dbt.datediff('signals.window_end', 'alerts.opened_at', 'hour') }} as hours_before,
        alerts.window_hours,
        case when alerts.window_name = 'hour' then 1 else 24 end as step_hours
    from alerts
    inner join signals
        on {{ model_monitor.joined_on('alerts', 'signals', model_monitor.signal_keys()) }}
        and signals.window_end < alerts.opened_at
        and signals.window_end >= alerts.opened_at - interval '60 days'

),

compared as (

    select
        alert_id,
        avg(case
            when hours_before >= window_hours and hours_before < window_hours + 3 * step_hours
                then value
        end) as just_before,
        avg(case
            when hours_before >= window_hours + 7 * step_hours
                and hours_before < window_hours + 28 * step_hours then value
        end) as long_before
    from before
    group by alert_id

),

-- a group began as the first of it did that looked at the shortest windows
shares as (

    select
        grouped.alert_id,
        grouped.group_id,
        (alerts.first_value - compared.just_before)
        / nullif(alerts.first_value - compared.long_before, 0) as sudden_share,
        row_number() over (
            partition by grouped.group_id
            order by
                case when grouped.echo_of is null then 0 else 1 end asc,
                case when compared.long_before is null then 1 else 0 end asc,
                alerts.window_hours asc,
                alerts.opened_at asc,
                (alerts.first_value - compared.just_before)
                / nullif(alerts.first_value - compared.long_before, 0) desc,
                grouped.alert_id asc
        ) as choice
    from grouped
    left join alerts
        on grouped.alert_id = alerts.alert_id
    left join compared
        on grouped.alert_id = compared.alert_id

),

final as (

    select
        shares.alert_id,
        shares.sudden_share,
        coalesce(firsts.sudden_share < 0.5, false) as is_gradual
    from shares
    inner join shares as firsts
        on shares.group_id = firsts.group_id
        and firsts.choice = 1

)

select * from final
