{{ model_monitor.table_model() }}
{#- Groups alerts of one subject at one time and place. Grouping uses only properties of an alert
    that never change. Each alert joins the widest, then the earliest, alert that shares rows and
    time with it. An echo joins the alert that it echoes. -#}

with alerts as (

    select
        facts.*,
        inhibitions.inhibited_by,
        inhibitions.echo_of,
        beginnings.onset_earliest,
        beginnings.onset_latest,
        beginnings.half_seen_from,
        beginnings.seen_until,
        beginnings.is_sudden,
        beginnings.turn_start,
        beginnings.onset_about,
        {{ model_monitor.alert_depth('facts') }} as depth,
        {{ model_monitor.severity_rank('facts.severity') }} as severity_order
    from {{ ref('model_monitor', 'int_monitor__alert_states') }} as facts
    inner join {{ ref('model_monitor', 'int_monitor__onset_bounds') }} as beginnings
        on facts.alert_id = beginnings.alert_id
    left join {{ ref('model_monitor', 'int_monitor__alert_suppressions') }} as inhibitions
        on facts.alert_id = inhibitions.alert_id
    where facts.state <> 'pending'

),

pairs as (

    select
        narrow.alert_id,
        wide.alert_id as belongs_to,
        row_number() over (
            partition by narrow.alert_id
            order by wide.depth, wide.opened_at, wide.alert_id
        ) as choice
    from alerts as narrow
    inner join alerts as wide
        on narrow.monitor = wide.monitor
        and narrow.log = wide.log
        and narrow.subject = wide.subject
        and (
            {{ model_monitor.are_simultaneous('narrow', 'wide') }}
            -- a day with few rows hovers around its threshold, and its weeks alert later
            or abs({{ dbt.datediff('narrow.onset_about', 'wide.onset_about', 'hour') }}) <= 48
        )
        and (
            narrow.depth > wide.depth
            or (narrow.depth = wide.depth and narrow.opened_at > wide.opened_at)
            or (
                narrow.depth = wide.depth
                and narrow.opened_at = wide.opened_at
                and narrow.alert_id > wide.alert_id
            )
        )
        and {{ model_monitor.shares_place('narrow', 'wide') }}
    where narrow.echo_of is null
        and wide.echo_of is null

),

linked as (

    select
        alerts.alert_id as member,
        coalesce(alerts.echo_of, pairs.belongs_to, alerts.alert_id) as parent
    from alerts
    left join pairs
        on alerts.alert_id = pairs.alert_id
        and pairs.choice = 1

),

ends as (

    {{ model_monitor.chain_end_rows('linked') | indent(4) }}

),

grouped as (

    select
        alerts.*,
        ends.root as group_id,
        -- the strongest alert leads, by the same order as between two alerts
        row_number() over (
            partition by ends.root
            order by
                case when alerts.echo_of is null then 0 else 1 end asc,
                alerts.severity_order desc,
                alerts.strength / power(1.5, alerts.depth) desc,
                alerts.alert_id asc
        ) as place_in_group,
        min(case when alerts.echo_of is null then alerts.onset_latest end) over (
            partition by ends.root
        ) as onset_to
    from alerts
    inner join ends
        on alerts.alert_id = ends.member

),

final as (

    select
        alert_id,
        group_id,
        place_in_group = 1 as is_lead_alert,
        inhibited_by,
        echo_of,
        onset_earliest,
        onset_latest,
        half_seen_from,
        is_sudden,
        turn_start,
        onset_to
    from grouped

)

select * from final
