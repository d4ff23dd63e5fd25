{{ model_monitor.table_model() }}
{#- The alert life cycle, a pure function of the judgements in order of window_end, then as_of. An
    alert fires after for_windows windows in breach and is resolved after clear_windows clear ones.
    A value that is held (near a threshold, or still far from what was normal before) does neither
    and restarts both counts. The cycle runs twice, as a
    warning and as critical, so each level clears on its own. At the critical level a warning counts
    as clear, unless it is near the threshold. -#}
{%- set life = ['fingerprint', 'level', 'segment'] %}

-- windows without data neither count nor interrupt
with sides as (

    select
        judgements.fingerprint,
        levels.level,
        judgements.window_end,
        judgements.as_of,
        judgements.for_windows,
        judgements.clear_windows,
        case
            when judgements.outcome = 'breach'
                and (levels.level = 'warn' or judgements.severity = 'critical') then 'breach'
            when judgements.held_level in (levels.level, 'critical') then 'near'
            else 'clear'
        end as side
    from {{ ref('model_monitor', 'monitor_judgements') }} as judgements
    cross join (values ('warn'), ('critical')) as levels (level)
    where judgements.outcome in ('breach', 'clear')

),

events as (

    {{ model_monitor.placed_event_rows('sides') | indent(4) }}

),

turns as (

    select
        *,
        case
            when side = lag(side) over story then 0
            else 1
        end as is_turn,
        lag(window_end) over story as previous_end,
        row_number() over story as event_number
    from events
    window story as (partition by fingerprint, level order by place, as_of, window_end)

),

runs as (

    select
        *,
        sum(is_turn) over (
            partition by fingerprint, level order by event_number
            rows between unbounded preceding and current row
        ) as run_number
    from turns

),

-- a window that is evaluated again with the same verdict still counts once
streaks as (

    select
        *,
        sum(case when is_turn = 1 or window_end <> previous_end then 1 else 0 end) over (
            partition by fingerprint, level, run_number order by event_number
            rows between unbounded preceding and current row
        ) as streak,
        min(window_end) over (partition by fingerprint, level, run_number) as run_start,
        min(event_number) over (partition by fingerprint, level, run_number) as first_event,
        min(case when side = 'breach' then as_of end) over (
            partition by fingerprint, level, window_end
        ) as first_breach,
        max(case when side = 'breach' then as_of end) over (
            partition by fingerprint, level, window_end
        ) as last_breach
    from runs

),

-- the windows of a place that were in breach and will be found in breach again
returns as (

    select
        *,
        sum(
            case when side = 'breach' and as_of = first_breach then 1 else 0 end
            - case when side = 'breach' and as_of = last_breach then 1 else 0 end
        ) over (
            partition by fingerprint, level, place order by event_number
            rows between unbounded preceding and current row
        ) as returning_windows
    from streaks

),

reached as (

    select
        *,
        case
            when side = 'breach' and streak >= for_windows then 1
            -- Nothing resolves an alert before a window of it is found in breach again. Otherwise
            -- two alerts would share one window and one id.
            when side = 'clear' and streak >= clear_windows
                and returning_windows = 0
                and (last_breach is null or last_breach < as_of) then 1
            else 0
        end as is_reached
    from returns

),

-- the first event of a run that has lasted long enough resolves the alert and ends its life
releases as (

    select
        *,
        case
            when side = 'clear'
                and is_reached = 1
                and coalesce(lag(is_reached) over (
                    partition by fingerprint, level, run_number
                    order by event_number
                ), 0) = 0
                then 1
            else 0
        end as is_release
    from reached

),

segments as (

    select
        *,
        coalesce(sum(is_release) over (
            partition by fingerprint, level order by event_number
            rows between unbounded preceding and 1 preceding
        ), 0) as segment,
        row_number() over (
            partition by fingerprint, level order by event_number desc
        ) as events_left
    from releases

),

-- A life that fires is detected when it fires first. One that has not fired yet is pending, in the
-- last run of breaches.
lifecycles as (

    select
        *,
        run_start as opened_at,
        case when is_reached = 1 then window_end end as fired_at,
        as_of as detected_at,
        row_number() over (
            partition by fingerprint, level, segment order by is_reached desc, event_number asc
        ) as choice
    from segments
    where side = 'breach'
        and (is_reached = 1 or events_left = 1)

),

-- an alert keeps the id of its first notification, even when late rows show an earlier onset
named as (

    select
        {{ model_monitor.listed_columns('lifecycles', life) }},
        segments.window_end,
        row_number() over (
            partition by lifecycles.fingerprint, lifecycles.level, lifecycles.segment
            order by segments.as_of, segments.window_end
        ) as choice
    from lifecycles
    inner join segments
        on {{ model_monitor.joined_on('lifecycles', 'segments', life) }}
        and segments.side = 'breach'
        and segments.window_end >= lifecycles.opened_at
    where lifecycles.choice = 1

),

final as (

    select
        lifecycles.fingerprint,
        lifecycles.level,
        named.window_end as first_known_as,
        lifecycles.opened_at,
        lifecycles.fired_at,
        lifecycles.detected_at,
        max(case when segments.side = 'breach' then segments.window_end end) as last_seen_at,
        -- a value near a threshold, or a run of clear windows that is still too short, leaves
        -- the alert open
        max(case when segments.is_release = 0 then segments.window_end end) as last_open_at,
        max(case when segments.is_release = 1 and lifecycles.fired_at is not null
            then segments.window_end end) as resolved_at
    from lifecycles
    inner join segments
        on {{ model_monitor.joined_on('lifecycles', 'segments', life) }}
        and lifecycles.first_event <= segments.event_number
    inner join named
        on {{ model_monitor.joined_on('lifecycles', 'named', life) }}
        and named.choice = 1
    where lifecycles.choice = 1
    group by
        lifecycles.fingerprint, lifecycles.level, named.window_end, lifecycles.opened_at,
        lifecycles.fired_at, lifecycles.detected_at

)

select * from final
