{{ model_monitor.table_model() }}
{#- One row per alert: the bounds of its onset, and how sudden it was.

    Suddenness is the share of the change, from weeks before to the worst of the first five windows,
    that occurred within the first two. A change begins in the middle of a window, so only the
    second window shows all of it. A gradual change was partly there before, or goes on afterwards.
    An alert that hovered below its threshold for days is measured where it began to hover.
    Weeks overlap, so only the window that opened the alert counts. half_seen_from is the time when
    half of the change was there: of two simultaneous changes, the one that is harder to detect
    alerts later. seen_until is the last day that a weekly alert still saw the change: a week stays
    in breach for days after the last bad day. What has lasted for a whole week is itself the normal
    value of its days: then a week that shows nearly all of the effect has seen it too. begun_at is
    the end of the first of the windows that have shown at least half of the effect ever since: what
    hovers below its threshold begins long before it opens. -#}
{#- A median: a mean of doubles could differ in its last digit from one build to the next. -#}
{%- set long_before -%}
percentile_cont(0.5) within group (order by case
    when hours_since <= -(window_hours + 7 * step_hours)
        and hours_since > -(window_hours + 28 * step_hours) then value
end) as long_before
{%- endset -%}

with alerts as (

    select
        facts.*,
        -- windows that overlap show one event on several days
        case facts.window_name when 'hour' then 1 when 'day' then 24 when '7d' then 168 else 720 end
            as window_hours,
        case
            -- a distance is zero when nothing moves
            when facts.family in ('drift', 'tail') then coalesce(facts.first_baseline_value, 0.0)
            -- next to a limit the normal value drifts along with the current one, so the best
            -- possible value serves
            when facts.family = 'sla' or rules.kind in ('static', 'burn_rate')
                then case when rules.direction = 'below' then 1.0 else 0.0 end
            else facts.first_baseline_value
        end as usual_value
    from {{ ref('model_monitor', 'int_monitor__alert_states') }} as facts
    left join {{ ref('model_monitor', 'int_monitor__rules') }} as rules
        on facts.rule_id = rules.rule_id
        and rules.is_in_force

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
        -- windows that overlap use no later window
        case alerts.window_name when 'hour' then 1 when 'day' then 24 else 0 end as next_hours
    from alerts
    inner join {{ ref('model_monitor', 'monitor_signals') }} as signals
        on {{ model_monitor.joined_on('alerts', 'signals', model_monitor.signal_keys()) }}
        and signals.window_end >= alerts.opened_at - interval '60 days'
        and signals.window_end <= alerts.opened_at + interval '4 days'
    where alerts.family not in ('freshness', 'volume', 'dataset')

),

before_values as (

    select
        alert_id,
        {{ long_before | indent(8) }}
    from around
    group by alert_id

),

directed as (

    select
        before_values.*,
        alerts.first_value,
        case when alerts.first_value < before_values.long_before then -1 else 1 end as direction
    from before_values
    inner join alerts
        on before_values.alert_id = alerts.alert_id

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

begun as (

    {{ model_monitor.first_shown_rows('alerts', 'around', 'directed') | indent(4) }}

),

-- Where suddenness is measured: at the opening, or where half of the effect began to show, if that
-- was three days before, or hours before in windows of an hour. Windows that overlap all show half
-- of their effect before they open.
turns as (

    select
        alerts.alert_id,
        case
            when alerts.window_hours > 24 or begun.is_always_large then alerts.opened_at
            when alerts.window_hours = 1 or begun.begun_at <= alerts.opened_at - interval '3 days'
                then coalesce(begun.begun_at, alerts.opened_at)
            else alerts.opened_at
        end as turned_at
    from alerts
    left join begun
        on alerts.alert_id = begun.alert_id

),

turned as (

    select
        around.*,
        {{ dbt.datediff('turns.turned_at', 'around.window_end', 'hour') }} as hours_since_turn
    from around
    inner join turns
        on around.alert_id = turns.alert_id

),

before_turns as (

    select
        alert_id,
        percentile_cont(0.5) within group (order by case
            when hours_since_turn <= -window_hours
                and hours_since_turn > -(window_hours + 2 * step_hours) then value
        end) as just_before,
        {{ long_before | replace('hours_since', 'hours_since_turn') | indent(8) }}
    from turned
    group by alert_id

),

compared as (

    select
        turned.alert_id,
        max(case when turned.hours_since_turn <= turned.next_hours
            then directed.direction * (turned.value - before_turns.just_before) end)
            as came_at_once,
        max(directed.direction * (turned.value - before_turns.long_before)) as came_in_all
    from turned
    inner join before_turns
        on turned.alert_id = before_turns.alert_id
    inner join directed
        on turned.alert_id = directed.alert_id
    where turned.hours_since_turn >= 0
        and turned.hours_since_turn <= 4 * turned.next_hours
    group by turned.alert_id

),

weeks as (

    {{ model_monitor.last_shown_rows('alerts') | indent(4) }}

),

final as (

    select
        alerts.alert_id,
        alerts.window_hours,
        -- A week most of whose days are evaluated too shows little until half of it is affected. A
        -- window that is the shortest with enough rows may have needed all of them.
        case when alerts.window_name = '7d' and weeks.day_count >= 4
            then alerts.opened_at - interval '84 hours' else alerts.first_window_start
        end as onset_earliest,
        -- a late log has been late since its last row, whenever the check ran
        case when alerts.family <> 'freshness' then alerts.opened_at
            else least(alerts.opened_at, alerts.first_window_start + interval '1 day')
        end as onset_latest,
        coalesce(halves.small_until, halves.known_from) as half_seen_from,
        coalesce(begun.begun_at, alerts.opened_at) as begun_at,
        coalesce(begun.is_always_large, false) as is_always_large,
        -- windows that overlap show more of a change each day: they opened twice as long after the
        -- onset as they showed half. With few rows a week tells no more than its later half.
        case
            when begun.begun_at is null or begun.is_always_large then null
            when alerts.window_hours <= 24
                then begun.begun_at - alerts.window_hours * interval '30 minutes'
            else greatest(
                begun.begun_at
                - {{ dbt.datediff('begun.begun_at', 'alerts.opened_at', 'hour') }}
                * interval '1 hour',
                case when alerts.window_name = '7d' then alerts.opened_at - interval '84 hours'
                    else alerts.first_window_start end
            )
        end as onset_about,
        case when turns.turned_at = alerts.opened_at then alerts.first_window_start
            else turns.turned_at - alerts.window_hours * interval '1 hour' end as turn_start,
        case when weeks.alert_id is not null then coalesce(weeks.last_shown_at, alerts.opened_at)
        end as seen_until,
        compared.came_at_once / nullif(compared.came_in_all, 0) as onset_share,
        directed.long_before is not null as is_known_before,
        -- the windows before the onset were closer to normal than to the alert's value
        coalesce(
            (alerts.first_value - before_turns.just_before)
            / nullif(alerts.first_value - coalesce(alerts.usual_value, directed.long_before), 0)
            >= 0.5,
            false
        ) as is_sudden
    from alerts
    left join directed
        on alerts.alert_id = directed.alert_id
    inner join turns
        on alerts.alert_id = turns.alert_id
    left join before_turns
        on alerts.alert_id = before_turns.alert_id
    left join compared
        on alerts.alert_id = compared.alert_id
    left join halves
        on alerts.alert_id = halves.alert_id
    left join begun
        on alerts.alert_id = begun.alert_id
    left join weeks
        on alerts.alert_id = weeks.alert_id

)

select * from final
