{{ model_monitor.table_model() }}
{#- Groups of the re-evaluated days and weeks, next to the same groups a week before. The current
    side has all live rows, the earlier side only the untreated ones. -#}

with windows as (

    select
        windows.monitor,
        windows.log,
        windows.window_name,
        windows.window_start,
        windows.window_end,
        windows.window_id,
        clocks.final_through
    from {{ ref('model_monitor', 'int_monitor__windows') }} as windows
    inner join {{ ref('model_monitor', 'int_monitor__reevaluated_windows') }} as rejudged
        on windows.window_id = rejudged.window_id
    inner join {{ ref('model_monitor', 'int_monitor__outcome_watermarks') }} as clocks
        on windows.monitor = clocks.monitor
        and windows.log = clocks.log
    where windows.window_name in ('day', '7d')
        -- the label window of later windows is still open
        and windows.window_start <= clocks.matured_through

),

live as (

    select
        concepts.*,
        concepts.arm in ('', coalesce(logs.control_arm, '')) as is_untreated
    from {{ ref('model_monitor', 'int_monitor__concepts') }} as concepts
    inner join {{ ref('model_monitor', 'int_monitor__ruler_subjects') }} as rulers
        on concepts.monitor = rulers.monitor
        and rulers.log = 'predictions'
        and concepts.subject = rulers.subject
        and concepts.ruler_version = rulers.ruler_version
    inner join {{ ref('model_monitor', 'int_monitor__logs') }} as logs
        on concepts.monitor = logs.monitor
        and logs.log = 'predictions'
    where concepts.role = 'live'

),

by_version as (

    select
        windows.window_id,
        live.outcome,
        live.model_version,
        live.subject,
        live.bin_group,
        sum(case when live.period_start >= windows.window_start then live.labelled_count else 0 end)
            as n1,
        sum(case when live.period_start >= windows.window_start then live.event_count else 0 end)
            as k1,
        sum(case when live.period_start < windows.window_end - interval '7 days'
            and live.period_start >= windows.window_start - interval '7 days'
            and live.is_untreated then live.labelled_count else 0 end) as n0,
        sum(case when live.period_start < windows.window_end - interval '7 days'
            and live.period_start >= windows.window_start - interval '7 days'
            and live.is_untreated then live.event_count else 0 end) as k0,
        -- a day also compares with the same weekday two weeks before
        sum(case when live.period_start < windows.window_end - interval '14 days'
            and live.is_untreated then live.labelled_count else 0 end) as earlier_n,
        sum(case when live.period_start < windows.window_end - interval '14 days'
            and live.is_untreated then live.event_count else 0 end) as earlier_k
    from windows
    inner join live
        on windows.monitor = live.monitor
        and windows.log = live.log
        and live.period_start < windows.window_end
        and live.period_start >= windows.window_start
            - case windows.window_name when 'day' then 14 else 7 end * interval '1 day'
    group by
        windows.window_id, live.outcome, live.model_version, live.subject, live.bin_group

),

versions as (

    select * from by_version

    union all

    select
        window_id,
        outcome,
        '(all)' as model_version,
        subject,
        bin_group,
        sum(n1) as n1,
        sum(k1) as k1,
        sum(n0) as n0,
        sum(k0) as k0,
        sum(earlier_n) as earlier_n,
        sum(earlier_k) as earlier_k
    from by_version
    group by window_id, outcome, subject, bin_group

),

final as (

    select
        windows.monitor,
        windows.log,
        windows.window_name,
        windows.window_start,
        windows.window_end,
        coalesce(windows.window_end <= windows.final_through, false) as is_final,
        versions.outcome,
        versions.model_version,
        versions.subject,
        versions.bin_group,
        cast(versions.n1 as bigint) as n1,
        cast(versions.k1 as bigint) as k1,
        cast(versions.n0 as bigint) as n0,
        cast(versions.k0 as bigint) as k0,
        cast(versions.earlier_n as bigint) as earlier_n,
        cast(versions.earlier_k as bigint) as earlier_k
    from versions
    inner join windows
        on versions.window_id = windows.window_id

)

select * from final
