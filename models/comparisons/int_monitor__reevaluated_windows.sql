{#- The windows whose verdict may change: the touched windows, and every window whose history
    contains one of them. -#}
{{ model_monitor.table_model() }}

with touched as (

    select * from {{ ref('model_monitor', 'int_monitor__touched_windows') }}

),

-- A verdict looks back four weeks, to counts and dispersions of which each looks back another four.
-- The error of an estimate uses the four weeks whose label window had closed by then, and that
-- estimate is part of the history of another four weeks.
windows as (

    select
        windows.*,
        windows.window_end
        - interval '56 days'
        - case when windows.window_name = '30d' then 14 else 0 end * interval '1 day'
        - coalesce(outcomes.matures_seconds, 0) * interval '1 second' as looks_from
    from {{ ref('model_monitor', 'int_monitor__windows') }} as windows
    left join {{ ref('model_monitor', 'int_monitor__outcomes') }} as outcomes
        on windows.monitor = outcomes.monitor
        and windows.log = outcomes.log

),

revised as (

    select distinct
        suspects.monitor,
        suspects.log,
        suspects.period_start
    from {{ ref('model_monitor', 'int_monitor__suspect_days') }} as suspects
    inner join {{ ref('model_monitor', 'int_monitor__watermarks') }} as watermarks
        on suspects.monitor = watermarks.monitor
        and suspects.log = watermarks.log
    where suspects.revised_run > watermarks.previous_run_number

),

-- windows that were measured again, and windows whose suspect days changed: both change histories
changed as (

    select
        monitor,
        log,
        window_name,
        window_end
    from touched

    union

    select
        windows.monitor,
        windows.log,
        windows.window_name,
        windows.window_end
    from windows
    inner join revised
        on windows.monitor = revised.monitor
        and windows.log = revised.log
        and revised.period_start < windows.window_end
        and revised.period_start >= date_trunc('day', windows.window_start)

),

touched_ranges as (

    select
        changed.monitor,
        changed.log,
        changed.window_name,
        min(changed.window_end) as first_touched,
        min(windows.first_window_end) as first_window_end
    from changed
    inner join windows
        on changed.monitor = windows.monitor
        and changed.log = windows.log
        and changed.window_name = windows.window_name
        and changed.window_end = windows.window_end
    group by changed.monitor, changed.log, changed.window_name

),

versions as (

    select
        monitor,
        model_version,
        min(period_start) as started_at
    from {{ ref('model_monitor', 'int_monitor__metric_sums') }}
    where log = 'predictions'
        and role = 'live'
        and metric = 'volume'
        and grain = 'day'
        and slice_name = '(all)'
    group by monitor, model_version

),

-- the first four weeks of a version are the baseline of all its later windows
first_weeks as (

    select
        changed.monitor,
        changed.log,
        min(changed.window_end) as first_touched
    from changed
    inner join versions
        on changed.monitor = versions.monitor
        and changed.window_end > versions.started_at
        and changed.window_end <= versions.started_at + interval '28 days'
    where changed.window_name = '7d'
        and {{ model_monitor.is_outcome_log('changed.log') }}
    group by changed.monitor, changed.log

),

-- The history against the reference lies in the first 56 days. If one of them changes, all windows
-- are evaluated again.
later as (

    select
        windows.monitor,
        windows.log,
        windows.window_name,
        windows.window_end
    from windows
    inner join touched_ranges
        on windows.monitor = touched_ranges.monitor
        and windows.log = touched_ranges.log
        and windows.window_name = touched_ranges.window_name
    left join first_weeks
        on windows.monitor = first_weeks.monitor
        and windows.log = first_weeks.log
    where windows.window_end >= touched_ranges.first_touched
        and (
            touched_ranges.first_touched <= touched_ranges.first_window_end + interval '56 days'
            or windows.window_end >= first_weeks.first_touched
            or exists (
                select 1
                from changed
                where changed.monitor = windows.monitor
                    and changed.log = windows.log
                    and changed.window_name = windows.window_name
                    and changed.window_end <= windows.window_end
                    and changed.window_end >= windows.looks_from
            )
        )

),

evaluated as (

    select monitor, log, window_name, window_end from touched
    union
    select monitor, log, window_name, window_end from later

),

-- A day lends its dispersion to the 7 and 30 days that end with it. The false discovery rate covers
-- all logs of a monitor. So these windows are evaluated together.
final as (

    select
        windows.monitor,
        windows.log,
        windows.window_name,
        windows.window_end,
        windows.window_id
    from windows
    inner join evaluated
        on windows.monitor = evaluated.monitor
        and windows.window_end = evaluated.window_end
        and (
            windows.window_name = evaluated.window_name
            or (windows.window_name = 'day' and evaluated.window_name in ('7d', '30d'))
        )
        -- the label window of an outcome closes on its own, long after its window
        and (
            windows.log = evaluated.log
            or not (
                {{ model_monitor.is_outcome_log('windows.log') }}
                or {{ model_monitor.is_outcome_log('evaluated.log') }}
            )
        )

    union

    -- An outcome still takes its row dependence from its predictions. A week also asks whether the
    -- week before had a concept change, and such weeks are in the history of four more.
    select
        windows.monitor,
        windows.log,
        windows.window_name,
        windows.window_end,
        windows.window_id
    from windows
    inner join evaluated
        on windows.monitor = evaluated.monitor
        and windows.window_name = evaluated.window_name
        and windows.window_end >= evaluated.window_end
        and windows.window_end <= evaluated.window_end + interval '35 days'
    where evaluated.log = 'predictions'
        and {{ model_monitor.is_outcome_log('windows.log') }}

)

select * from final
