{{ model_monitor.table_model() }}
{#- Whether the onset of an alert was sudden or gradual. An onset is gradual if less than half of
    the change occurred within the first two windows. The evidence is the first alert of the group
    on the shortest windows and most rows. -#}

with alerts as (

    select
        facts.alert_id,
        facts.opened_at,
        facts.slice_name,
        facts.sample_size,
        beginnings.onset_share,
        beginnings.is_known_before,
        beginnings.window_hours
    from {{ ref('model_monitor', 'int_monitor__alert_states') }} as facts
    inner join {{ ref('model_monitor', 'int_monitor__onset_bounds') }} as beginnings
        on facts.alert_id = beginnings.alert_id

),

grouped as (

    select * from {{ ref('model_monitor', 'int_monitor__alert_groups') }}

),

shares as (

    select
        grouped.alert_id,
        grouped.group_id,
        alerts.onset_share,
        row_number() over (
            partition by grouped.group_id
            order by
                case when grouped.echo_of is null then 0 else 1 end asc,
                case when alerts.is_known_before then 0 else 1 end asc,
                alerts.window_hours asc,
                alerts.opened_at asc,
                case when alerts.slice_name = '(all)' then 0 else 1 end asc,
                coalesce(alerts.sample_size, 0) desc,
                grouped.alert_id asc
        ) as choice
    from grouped
    inner join alerts
        on grouped.alert_id = alerts.alert_id

),

final as (

    select
        shares.alert_id,
        shares.onset_share,
        coalesce(firsts.onset_share < 0.5, false) as is_gradual
    from shares
    inner join shares as firsts
        on shares.group_id = firsts.group_id
        and firsts.choice = 1

)

select * from final
