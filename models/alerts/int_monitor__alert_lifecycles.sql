{{ model_monitor.table_model() }}
{#- The alert life cycle, a pure function of the judgements in order of window_end, then as_of. An
    alert fires after for_windows windows in breach and is resolved after clear_windows clear ones.
    A value that is held (near a threshold, or still far from what was normal before) does neither
    and restarts both counts. The cycle runs twice, as a
    warning and as critical, so each level clears on its own. At the critical level a warning counts
    as clear, unless it is near the threshold. -#}

with judgements as (

    select
        fingerprint,
        window_end,
        as_of,
        outcome,
        severity,
        held_level,
        for_windows,
        clear_windows
    from {{ ref('model_monitor', 'monitor_judgements') }}

),

levels as (

    select level_names.level
    from (values ('warn'), ('critical')) as level_names (level)

),

-- windows without data neither count nor interrupt
sides as (

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
    from judgements
    cross join levels
    where judgements.outcome in ('breach', 'clear')

),

marked as (

    select
        *,
        case
            when first_value(side) over (
                partition by fingerprint, level, window_end order by as_of desc
            ) <> 'breach'
                and max(case when side = 'breach' then 1 else 0 end) over (
                    partition by fingerprint, level, window_end
                ) = 1
                then 1
            else 0
        end as is_taken_back
    from sides

),

placed as (

    select
        *,
        case
            when lag(window_end) over story = window_end then 0
            when is_taken_back = 1 and lag(is_taken_back) over story = 1 then 0
            else 1
        end as is_place
    from marked
    window story as (partition by fingerprint, level order by window_end, as_of)

),

-- A breach that late rows took back does not interrupt the windows after it. Adjacent windows of
-- this kind are read in the order in which their verdicts became known.
events as (

    select
        *,
        sum(is_place) over (
            partition by fingerprint, level order by window_end, as_of
            rows between unbounded preceding and current row
        ) as place
    from placed

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

fired as (

    select
        *,
        row_number() over (
            partition by fingerprint, level, segment order by event_number
        ) as fired_number
    from segments
    where side = 'breach'
        and is_reached = 1

),

-- the last run of breaches, if it has not lasted long enough yet
pending as (

    select segments.*
    from segments
    left join fired
        on segments.fingerprint = fired.fingerprint
        and segments.level = fired.level
        and segments.segment = fired.segment
        and fired.fired_number = 1
    where segments.events_left = 1
        and segments.side = 'breach'
        and fired.fingerprint is null

),

lifecycles as (

    select
        fingerprint,
        level,
        segment,
        run_start as opened_at,
        first_event,
        window_end as fired_at,
        as_of as detected_at
    from fired
    where fired_number = 1

    union all

    select
        fingerprint,
        level,
        segment,
        run_start as opened_at,
        first_event,
        cast(null as timestamp) as fired_at,
        as_of as detected_at
    from pending

),

-- an alert keeps the id of its first notification, even when late rows show an earlier onset
named as (

    select
        lifecycles.fingerprint,
        lifecycles.level,
        lifecycles.segment,
        segments.window_end,
        row_number() over (
            partition by lifecycles.fingerprint, lifecycles.level, lifecycles.segment
            order by segments.as_of, segments.window_end
        ) as choice
    from lifecycles
    inner join segments
        on lifecycles.fingerprint = segments.fingerprint
        and lifecycles.level = segments.level
        and lifecycles.segment = segments.segment
        and segments.side = 'breach'
        and segments.window_end >= lifecycles.opened_at

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
        on lifecycles.fingerprint = segments.fingerprint
        and lifecycles.level = segments.level
        and lifecycles.segment = segments.segment
        and lifecycles.first_event <= segments.event_number
    inner join named
        on lifecycles.fingerprint = named.fingerprint
        and lifecycles.level = named.level
        and lifecycles.segment = named.segment
        and named.choice = 1
    group by
        lifecycles.fingerprint,
        lifecycles.level,
        named.window_end,
        lifecycles.opened_at,
        lifecycles.fired_at,
        lifecycles.detected_at

)

select * from final
