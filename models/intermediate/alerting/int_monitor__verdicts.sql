{{ config(materialized='table') }}
{#- Every signal of the judged windows under the rule that names it: breach or clear. What has no
    row here was not judged: no signal, too few rows, or a slice whose usual is not known yet. -#}

with windows as (

    select * from {{ ref('model_monitor', 'int_monitor__judged_windows') }}

),

scopes as (

    select * from {{ ref('model_monitor', 'int_monitor__rule_scopes') }}

),

signals as (

    select signals.*
    from {{ ref('model_monitor', 'monitor_signals') }} as signals
    inner join windows
        on signals.monitor = windows.monitor
        and signals.log = windows.log
        and signals.window_name = windows.window_name
        and signals.window_end = windows.window_end

),

matched as (

    select
        signals.*,
        scopes.rule_id,
        scopes.rule_version,
        scopes.kind,
        scopes.direction,
        scopes.warn,
        scopes.critical,
        scopes.for_windows,
        scopes.clear_windows,
        case
            when scopes.kind = 'relative' or scopes.kind = 'volume'
                then signals.value / nullif(signals.baseline_value, 0) - 1
            -- below what the rule minds the past was not asked for, and does not matter
            when scopes.kind = 'delta' and signals.baseline_value is null
                and signals.value < coalesce(scopes.warn, scopes.critical) then signals.value
            when scopes.kind = 'delta' then signals.value - signals.baseline_value
            else signals.value
        end as change,
        case
            when scopes.kind = 'relative' or scopes.kind = 'volume'
                then signals.noise_floor / nullif(abs(signals.baseline_value), 0)
            else signals.noise_floor
        end as noise
    from signals
    inner join scopes
        on signals.monitor = scopes.monitor
        and signals.log = scopes.log
        and signals.family = scopes.family
        and signals.subject = scopes.subject
        and signals.metric = scopes.metric
        and signals.baseline = scopes.baseline
        and signals.window_name = scopes.window_name
        and signals.window_end >= scopes.valid_from
        and signals.window_end < scopes.valid_to
        and {{ model_monitor.fits_pattern('signals.model_version', 'scopes.version_pattern') }}
        and {{ model_monitor.fits_pattern('signals.slice_name', 'scopes.slice_pattern') }}
        and {{ model_monitor.fits_pattern('signals.slice_value', 'scopes.slice_value_pattern') }}
    where case when scopes.kind = 'volume'
            then greatest(coalesce(signals.baseline_value, 0), signals.value)
        -- a distance is as well known as its rows are independent: 1,500 of 20 users are not many
        when scopes.kind in ('drift', 'tail')
            then least(
                coalesce(signals.sample_size, 0),
                coalesce(signals.baseline_sample_size, signals.sample_size, 0)
            ) / coalesce(signals.dispersion, 1.0)
            else coalesce(signals.sample_size, 0)
        end >= scopes.min_rows

),

-- Benjamini–Hochberg over the tails of one window, baseline and tier, as drift does for chi²
ranked as (

    select
        *,
        case when slice_name = '(all)' then 'whole' else 'slice' end as tier,
        case when kind = 'tail' then p_value end as tail_p_value,
        count(case when kind = 'tail' then p_value end) over (
            partition by
                monitor,
                kind,
                window_name,
                window_end,
                baseline,
                case when slice_name = '(all)' then 'whole' else 'slice' end
        ) as family_size,
        row_number() over (
            partition by
                monitor,
                kind,
                window_name,
                window_end,
                baseline,
                case when slice_name = '(all)' then 'whole' else 'slice' end
            order by
                p_value nulls last, log, model_version, slice_name, slice_value, subject, rule_id
        ) as p_rank
    from matched

),

controlled as (

    select
        *,
        min(tail_p_value * family_size / p_rank) over (
            partition by monitor, kind, window_name, window_end, baseline, tier
            order by p_rank desc
            rows between unbounded preceding and current row
        ) as tail_q_value
    from ranked

),

-- large: what is left of the change in the direction that the rule minds, beyond the noise
measured as (

    select
        *,
        case
            when kind = 'drift' then change - noise
            when direction = 'above' then change - noise
            when direction = 'below' then -change - noise
            else abs(change) - noise
        end as effect,
        case kind
            when 'drift' then coalesce(q_value <= 0.01, false)
            when 'tail' then coalesce(p_value is not null and tail_q_value <= 0.01, false)
            else true
        end as is_real,
        case
            when kind in ('static', 'relative') then true
            else coalesce(
                case when kind = 'drift' then z else abs(z) end
                > case when window_name in ('7d', '30d') then 5 else 3.5 end,
                false
            )
        end as is_unusual,
        case
            when family in ('volume', 'dataset', 'freshness') and kind in ('static', 'relative')
                then false
            when kind in ('static', 'relative') then dispersion is null
            else coalesce(history_windows, 0) < 14
        end as is_learning
    from controlled

),

graded as (

    select
        *,
        case
            when effect is null then null
            when effect < coalesce(warn, critical) or not is_real then 'none'
            -- what is usual is not known: a slice is not judged, the whole warns at most; of a
            -- distance, whose noise is not known either, only what is far beyond
            when is_learning and slice_name <> '(all)' then null
            when is_learning and (model_version <> '(all)' or baseline_value is null)
                and kind = 'delta' then null
            when is_learning and (effect >= critical or kind = 'delta') then 'warn'
            when is_learning then 'none'
            when not is_unusual then 'none'
            when effect >= critical then 'critical'
            when effect >= warn then 'warn'
            else 'none'
        end as grade
    from measured

),

final as (

    select
        {{ model_monitor.fingerprint() }} as fingerprint,
        monitor,
        log,
        role,
        model_version,
        family,
        subject,
        metric,
        baseline,
        window_name,
        window_start,
        window_end,
        slice_name,
        slice_value,
        case when grade = 'none' then 'clear' else 'breach' end as outcome,
        nullif(grade, 'none') as severity,
        value,
        baseline_value,
        effect,
        case when grade = 'critical' then critical else coalesce(warn, critical) end as threshold,
        effect / nullif(coalesce(warn, critical), 0) as strength,
        cast(sample_size as bigint) as sample_size,
        noise_floor,
        z,
        is_learning,
        rule_id,
        rule_version,
        ruler_version,
        for_windows,
        clear_windows
    from graded
    where grade is not null

)

select * from final
