{{ config(materialized='table') }}
{#- A first, crude line: what has drifted, lost its values or its tail, one row per lasting breach.
    Rules as data, judgements and the life cycle take its place (see the changelog). -#}

with drift as (

    select * from {{ ref('model_monitor', 'monitor_drift') }}

),

monitors as (

    select * from {{ ref('model_monitor', 'int_monitor__monitors') }}

),

subjects as (

    select * from {{ ref('model_monitor', 'int_monitor__subjects') }}

),

changes as (

    select * from {{ ref('model_monitor', 'stg_monitor__changes') }}

),

breaches as (

    select
        monitor,
        log,
        role,
        model_version,
        'quality' as family,
        subject,
        'missing_rate' as metric,
        baseline,
        window_name,
        window_start,
        window_end,
        slice_name,
        slice_value,
        missing_rate_delta as current_value,
        0.0 as baseline_value,
        missing_rate_delta >= 0.2 as is_critical
    from drift
    where status in ('ok', 'drifted', 'missing')
        and missing_rate_delta >= 0.05

    union all

    select
        monitor,
        log,
        role,
        model_version,
        'quality' as family,
        subject,
        'unseen_share' as metric,
        baseline,
        window_name,
        window_start,
        window_end,
        slice_name,
        slice_value,
        unseen_share as current_value,
        0.0 as baseline_value,
        unseen_share >= 0.2 as is_critical
    from drift
    where status in ('ok', 'drifted')
        and unseen_share >= 0.05

    union all

    select
        monitor,
        log,
        role,
        model_version,
        'tail' as family,
        subject,
        'p95' as metric,
        baseline,
        window_name,
        window_start,
        window_end,
        slice_name,
        slice_value,
        p95_shift as current_value,
        0.0 as baseline_value,
        abs(p95_shift) >= 0.4 and history_windows >= 14 as is_critical
    from drift
    where status = 'ok'
        and abs(p95_shift) - p95_shift_error_bound >= 0.2
        and tail_p_value < 1e-6
        and subject in (select subject from subjects where subject_kind in ('score', 'operation'))

    union all

    select
        monitor,
        log,
        role,
        model_version,
        'drift' as family,
        subject,
        'psi' as metric,
        baseline,
        window_name,
        window_start,
        window_end,
        slice_name,
        slice_value,
        psi_valid as current_value,
        psi_noise_floor as baseline_value,
        psi_valid - psi_noise_floor >= 0.25 and history_windows >= 14 as is_critical
    from drift
    where status = 'drifted'

),

-- days tell; the other windows confirm. All versions together, unless one version alone is
-- concerned
daily as (

    select
        breaches.*,
        row_number() over (
            partition by monitor, log, family, subject, metric, window_end, slice_name, slice_value
            order by case when model_version = '(all)' then 0 else 1 end, model_version, baseline
        ) as choice
    from breaches
    where window_name = 'day'
        and role = 'live'

),

-- the whole speaks for its slices, a slice for its combinations
spoken_for as (

    select
        daily.*,
        exists(
            select 1
            from daily as wider
            where wider.monitor = daily.monitor
                and wider.log = daily.log
                and wider.subject = daily.subject
                and wider.window_end <= daily.window_end
                and wider.window_end >= daily.window_end - interval '1 day'
                and (
                    (wider.slice_name = '(all)' and daily.slice_name <> '(all)')
                    or (strpos(wider.slice_name, '+') = 0 and strpos(daily.slice_name, '+') > 0)
                )
        ) as is_spoken_for
    from daily
    where choice = 1

),

numbered as (

    select
        *,
        case
            when lag(window_end) over (
                partition by monitor, log, family, subject, metric, slice_name, slice_value
                order by window_end
            ) >= window_end - interval '2 days'
                then 0
            else 1
        end as starts_island
    from spoken_for
    where not is_spoken_for

),

islands as (

    select
        *,
        sum(starts_island) over (
            partition by monitor, log, family, subject, metric, slice_name, slice_value
            order by window_end
            rows between unbounded preceding and current row
        ) as island
    from numbered

),

lasting as (

    select
        monitor,
        log,
        family,
        subject,
        metric,
        slice_name,
        slice_value,
        island,
        min(model_version) as model_version,
        min(baseline) as baseline,
        min(window_start) as since,
        min(window_end) as opened_at,
        max(window_end) as last_seen_at,
        count(*) as window_count,
        max(case when is_critical then 1 else 0 end) as is_critical,
        case
            when max(current_value) >= -min(current_value) then max(current_value)
            else min(current_value)
        end as current_value,
        max(baseline_value) as baseline_value
    from islands
    group by monitor, log, family, subject, metric, slice_name, slice_value, island

),

watermarks as (

    select
        monitor,
        log,
        complete_through
    from {{ ref('model_monitor', 'int_monitor__watermarks') }}

),

caused as (

    select
        lasting.monitor,
        lasting.log,
        lasting.family,
        lasting.subject,
        lasting.metric,
        lasting.slice_name,
        lasting.slice_value,
        lasting.island,
        max(changes.started_at) as change_started_at
    from lasting
    inner join changes
        on lasting.monitor = changes.monitor
        and changes.started_at >= lasting.since - interval '1 day'
        and changes.started_at < lasting.opened_at
    group by
        lasting.monitor,
        lasting.log,
        lasting.family,
        lasting.subject,
        lasting.metric,
        lasting.slice_name,
        lasting.slice_value,
        lasting.island

),

named_causes as (

    select
        caused.monitor,
        caused.log,
        caused.family,
        caused.subject,
        caused.metric,
        caused.slice_name,
        caused.slice_value,
        caused.island,
        min(changes.name) as change_name,
        min(changes.kind) as change_kind
    from caused
    inner join changes
        on caused.monitor = changes.monitor
        and caused.change_started_at = changes.started_at
    group by
        caused.monitor,
        caused.log,
        caused.family,
        caused.subject,
        caused.metric,
        caused.slice_name,
        caused.slice_value,
        caused.island

),

final as (

    select
        {{ dbt.hash(
            "lasting.monitor || '|' || lasting.log || '|' || lasting.family || '|' || lasting.subject || '|' "
            ~ "|| lasting.metric || '|' || lasting.slice_name || '|' || lasting.slice_value || '|' "
            ~ "|| cast(lasting.opened_at as " ~ model_monitor.type_text() ~ ")"
        ) }} as alert_id,
        lasting.monitor,
        lasting.log,
        'live' as role,
        lasting.model_version,
        lasting.family,
        lasting.subject,
        lasting.metric,
        lasting.baseline,
        'day' as window_name,
        lasting.slice_name,
        lasting.slice_value,
        case
            when lasting.last_seen_at >= date_trunc('day', watermarks.complete_through)
                then 'firing'
            else 'resolved'
        end as state,
        case when lasting.is_critical = 1 then 'critical' else 'warn' end as severity,
        case lasting.metric
            when 'missing_rate' then lasting.subject || ' missing rate rose by'
            when 'unseen_share' then lasting.subject || ' has categories the reference never had in'
            when 'p95' then lasting.subject || ' p95 shifted'
            else lasting.subject || ' distribution shifted'
        end as what,
        case when lasting.slice_name = '(all)' then lasting.monitor
            else lasting.slice_name || ' ' || lasting.slice_value end as location,
        lasting.since,
        lasting.opened_at,
        {{ model_monitor.as_of_timestamp() }} as detected_at,
        lasting.last_seen_at,
        lasting.current_value,
        lasting.baseline_value,
        -- the kind is said unless the name says it already
        case
            when named_causes.change_name like named_causes.change_kind || '%'
                then named_causes.change_name
            else named_causes.change_kind || ' ' || named_causes.change_name
        end as likely_cause,
        monitors.owner,
        monitors.runbook,
        monitors.dashboard,
        lasting.window_count
    from lasting
    inner join monitors
        on lasting.monitor = monitors.monitor
    left join watermarks
        on lasting.monitor = watermarks.monitor
        and lasting.log = watermarks.log
    left join named_causes
        on lasting.monitor = named_causes.monitor
        and lasting.log = named_causes.log
        and lasting.family = named_causes.family
        and lasting.subject = named_causes.subject
        and lasting.metric = named_causes.metric
        and lasting.slice_name = named_causes.slice_name
        and lasting.slice_value = named_causes.slice_value
        and lasting.island = named_causes.island

)

select
    *,
    monitor || ' '
        || case when model_version = '(all)' then '' else model_version || ' ' end
        || what
        || case metric
            when 'psi' then
                ' (PSI '
                || cast(
                    cast(round(current_value, 2) as decimal(18, 2))
                    as {{ model_monitor.type_text() }}
                )
                || ')'
            when 'p95' then
                case when current_value > 0 then ' +' else ' ' end
                || cast(
                    cast(round(100 * current_value, 0) as bigint) as {{ model_monitor.type_text() }}
                )
                || '%'
            else
                ' ' || cast(
                    cast(round(100 * current_value, 0) as bigint) as {{ model_monitor.type_text() }}
                )
                || '% of rows'
        end
        || case when slice_name = '(all)' then '' else ' in ' || replace(slice_value, '+', ' ') end
        || ' since ' || cast(cast(since as date) as {{ model_monitor.type_text() }})
        || coalesce(' after ' || likely_cause, '') as message
from final
