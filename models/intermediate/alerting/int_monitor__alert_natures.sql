{{ config(materialized='table') }}
{#- Whether what an alert saw came at once or was on its way: how much of the change, from weeks
    before to the worst of its first five windows, came within its first two. A change begins in the
    middle of a window, so that its second shows it whole; one that was on its way was partly there
    before, or goes on afterwards. Weeks overlap: of them the window in which it opened is all that
    is looked at. And since when half of it was there: of two things that move at once the one that
    is harder to see alerts later. -#}

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

around as (

    select
        alerts.alert_id,
        signals.value,
        signals.window_start,
        signals.window_end,
        {{ dbt.datediff('alerts.opened_at', 'signals.window_end', 'hour') }} as hours_since,
        alerts.window_hours,
        case when alerts.window_name = 'hour' then 1 else 24 end as step_hours,
        -- of windows that overlap nothing that comes after is looked at
        case alerts.window_name when 'hour' then 1 when 'day' then 24 else 0 end as next_hours
    from alerts
    inner join signals
        on {{ model_monitor.joined_on('alerts', 'signals', model_monitor.signal_keys()) }}
        and signals.window_end >= alerts.opened_at - interval '60 days'
        and signals.window_end <= alerts.opened_at + interval '4 days'

),

befores as (

    select
        alert_id,
        avg(case
            when hours_since <= -window_hours and hours_since > -(window_hours + 2 * step_hours)
                then value
        end) as just_before,
        avg(case
            when hours_since <= -(window_hours + 7 * step_hours)
                and hours_since > -(window_hours + 28 * step_hours) then value
        end) as long_before
    from around
    group by alert_id

),

directed as (

    select
        befores.*,
        alerts.first_value,
        case when alerts.first_value < befores.long_before then -1 else 1 end as direction
    from befores
    inner join alerts
        on befores.alert_id = alerts.alert_id

),

compared as (

    select
        around.alert_id,
        directed.long_before,
        max(case when around.hours_since <= around.next_hours
            then directed.direction * (around.value - directed.just_before) end) as came_at_once,
        max(directed.direction * (around.value - directed.long_before)) as came_in_all
    from around
    inner join directed
        on around.alert_id = directed.alert_id
    where around.hours_since >= 0
        and around.hours_since <= 4 * around.next_hours
    group by around.alert_id, directed.long_before

),

-- the last window of the week before that showed less than half
halves as (

    select
        around.alert_id,
        max(case
            when directed.direction * (around.value - directed.long_before)
                < 0.5 * directed.direction * (directed.first_value - directed.long_before)
                then around.window_end
        end) as small_until,
        min(around.window_start) as known_from
    from around
    inner join directed
        on around.alert_id = directed.alert_id
    where around.window_hours = 24
        and around.hours_since <= 0
        and around.hours_since >= -168
        and directed.long_before is not null
    group by around.alert_id

),

-- a group began as the first of it did that looked at the shortest windows, and at most rows
shares as (

    select
        grouped.alert_id,
        grouped.group_id,
        compared.came_at_once / nullif(compared.came_in_all, 0) as sudden_share,
        row_number() over (
            partition by grouped.group_id
            order by
                case when grouped.echo_of is null then 0 else 1 end asc,
                case when compared.long_before is null then 1 else 0 end asc,
                alerts.window_hours asc,
                alerts.opened_at asc,
                case when alerts.slice_name = '(all)' then 0 else 1 end asc,
                coalesce(alerts.sample_size, 0) desc,
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
        coalesce(firsts.sudden_share < 0.5, false) as is_gradual,
        coalesce(halves.small_until, halves.known_from) as half_seen_from
    from shares
    inner join shares as firsts
        on shares.group_id = firsts.group_id
        and firsts.choice = 1
    left join halves
        on shares.alert_id = halves.alert_id

)

select * from final
