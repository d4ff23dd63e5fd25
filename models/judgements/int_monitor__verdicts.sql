{{ config(materialized='table') }}
{#- Every signal of the judged windows under the rule that names it: breach or clear. What has no
    row here was not judged: no signal, too few rows, or a usual that is not known yet. -#}
{%- set outcome_families = model_monitor.word_literals(model_monitor.outcome_families()) %}
{%- set seasonal_families = model_monitor.word_literals(model_monitor.seasonal_families()) %}
{%- set scope_keys = ['monitor', 'log', 'family', 'subject', 'metric', 'baseline'] %}
{%- set shorter_keys = (model_monitor.signal_keys() | reject('equalto', 'window_name') | list)
    + ['window_end'] %}

with windows as (

    select * from {{ ref('model_monitor', 'int_monitor__evaluated_windows') }}

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

-- what burns over two windows is asked in the shorter one too
shorter_windows as (

    select *
    from {{ ref('model_monitor', 'monitor_signals') }} as signals
    where exists (
            select 1
            from scopes
            where scopes.kind = 'burn_rate'
                and {{ model_monitor.joined_on('scopes', 'signals', scope_keys) }}
                and scopes.short_window = signals.window_name
        )

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
        scopes.clear_below,
        case
            -- where nothing is usual, nothing is missing
            when scopes.kind = 'volume' and signals.baseline_value = 0 then 0.0
            when scopes.kind in ('relative', 'volume', 'seasonal')
                -- of what is usually below 0, less is further below
                then signals.value / nullif(abs(signals.baseline_value), 0)
                    - sign(signals.baseline_value)
            -- in deviations of its own past, which are no smaller than what chance makes
            when scopes.kind = 'control_chart'
                then (signals.value - signals.history_mean) / nullif(greatest(
                    coalesce(signals.history_deviation, 0),
                    coalesce(signals.noise_floor, 0) / 3.09,
                    0.001 * abs(signals.history_mean)
                ), 0)
            -- how many times as fast as it may, now as for some time
            when scopes.kind = 'burn_rate' and shorter.value is not null
                then least(
                    signals.value - signals.noise_floor, shorter.value - shorter.noise_floor
                ) / scopes.error_budget
            when scopes.kind = 'burn_rate' then null
            -- below what the rule minds the past was not asked for, and does not matter
            when scopes.kind = 'delta' and signals.baseline_value is null
                and signals.value < coalesce(scopes.warn, scopes.critical) then signals.value
            when scopes.kind = 'delta' then signals.value - signals.baseline_value
            else signals.value
        end as change,
        case
            when scopes.kind in ('control_chart', 'burn_rate') then 0.0
            when scopes.kind in ('relative', 'volume', 'seasonal')
                then coalesce(signals.noise_floor / nullif(abs(signals.baseline_value), 0), 0.0)
            else signals.noise_floor
        end as noise,
        -- few rows, or none, are a verdict on volume too; they open nothing
        scopes.family <> 'volume'
        or greatest(coalesce(signals.baseline_value, 0), signals.value) >= scopes.min_rows
            as may_open,
        scopes.kind in ('control_chart', 'seasonal')
        or (signals.baseline = 'seasonal' and signals.family in ({{ seasonal_families }}))
            as needs_past
    from signals
    inner join scopes
        on {{ model_monitor.joined_on('signals', 'scopes', scope_keys) }}
        and signals.window_name = scopes.window_name
        and signals.window_end >= scopes.valid_from
        and signals.window_end < scopes.valid_to
        and {{ model_monitor.fits_scope('signals', 'scopes') }}
    left join shorter_windows as shorter
        on scopes.kind = 'burn_rate'
        and {{ model_monitor.joined_on('signals', 'shorter', shorter_keys) }}
        and scopes.short_window = shorter.window_name
        and shorter.sample_size >= scopes.min_rows
    where scopes.family = 'volume'
        -- a distance is as well known as its rows are independent: 1,500 of 20 users are not many
        or case when scopes.kind in ('drift', 'tail')
            then least(
                coalesce(signals.sample_size, 0),
                coalesce(signals.baseline_sample_size, signals.sample_size, 0)
            ) / coalesce(signals.dispersion, 1.0)
            else coalesce(signals.sample_size, 0)
        end >= scopes.min_rows

),

-- the change in the direction that the rule minds; a floor is compared with the value itself
sized as (

    select
        *,
        {{ model_monitor.is_floor() }} as is_floor,
        case
            when {{ model_monitor.is_floor() }} or kind = 'drift' or direction = 'above' then change
            when direction = 'below' then -change
            else abs(change)
        end as size
    from matched

),

measured as (

    select
        *,
        -- large: what is left of it beyond the noise; of a floor the value at its best
        case when is_floor then size + noise else size - noise end as effect,
        -- real: how likely it is that nothing has changed, in what may be
        case kind
            when 'drift' then coalesce(q_value, 1.0) / 0.01
            when 'tail' then coalesce(p_value, 1.0) / 0.001
            else 0.0
        end as odds,
        -- unusual: how far from its past, in what may be
        case
            -- what training reached is no past, and the usual may be as bad as today
            when family in ({{ outcome_families }}) and baseline <> 'history' then 9.0
            when kind in ('static', 'control_chart', 'burn_rate') then 9.0
            when kind = 'relative' and family not in ({{ outcome_families }}) and not needs_past
                then 9.0
            else coalesce(
                case when kind = 'drift' then z else abs(z) end
                / {{ model_monitor.unusual_z('window_name') }},
                0.0
            )
        end as unusual_by,
        case
            when needs_past
                then coalesce(history_windows, 0) < {{ model_monitor.learning_windows() }}
            when family in ('volume', 'freshness') and kind in ('static', 'relative') then false
            when metric = 'reference_mismatch_count' then false
            when family in ({{ outcome_families }}) and kind <> 'static'
                and baseline = 'history'
                then coalesce(history_windows, 0) < {{ model_monitor.learning_windows() }}
            when family in ({{ outcome_families }}) and baseline <> 'history'
                then dispersion is null
            when family <> 'dataset' and kind in ('static', 'relative', 'burn_rate')
                then dispersion is null
            else coalesce(history_windows, 0) < {{ model_monitor.learning_windows() }}
        end as is_learning
    from sized

),

-- over is what is small again, or may be chance as a whole: what certainly differs, and may differ
-- less, goes on
lasting as (

    select
        *,
        case
            when kind in ('drift', 'tail') or is_floor or effect <= 0 then effect
            else size
        end as lasting_effect
    from measured

),

-- what cannot be known while it is learning: slices, versions, what has nothing to compare with;
-- distances without a noise, and those from the reference (one finding says that it is unlike)
known as (

    select
        *,
        is_learning
        and (
            slice_name <> '(all)'
            or needs_past
            or (kind = 'delta' and (model_version <> '(all)' or baseline_value is null))
            or (kind in ('drift', 'tail') and dispersion is null)
            or (family in ('drift', 'tail', 'dataset') and baseline = 'reference')
            -- how well a model does is known by how well it did
            or (family in ({{ outcome_families }}) and baseline = 'history')
        ) as is_unknown
    from lasting

),

graded as (

    select
        *,
        {{ model_monitor.verdict_grade() }} as full_grade,
        -- within the band below a threshold nothing fires, and nothing is over; a few days of what
        -- is wrong make more of it less unusual beside them, and no less wrong
        {{ model_monitor.verdict_grade(
            'clear_below', '5.0', "case when kind in ('drift', 'tail') then unusual_by else 9.0 end",
            'lasting_effect'
        ) }} as band_grade
    from known

),

opening as (

    select
        *,
        case when may_open or full_grade is null then full_grade else 'none' end as grade
    from graded

),

final as (

    select
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
        case
            when grade <> 'critical' and band_grade = 'critical' then 'critical'
            when grade = 'none' and band_grade = 'warn' then 'warn'
        end as held_level,
        value,
        baseline_value,
        effect,
        case when grade = 'critical' then critical else coalesce(warn, critical) end as threshold,
        case
            -- no value is further below a floor than a hundredth of it
            when is_floor and coalesce(warn, critical) > 0
                then least(coalesce(warn, critical) / greatest(effect, 1e-6), 100e0)
            when is_floor then 1e0
            else effect / nullif(coalesce(warn, critical), 0)
        end as strength,
        cast(sample_size as bigint) as sample_size,
        noise_floor,
        z,
        is_learning,
        cast(history_windows as integer) as history_windows,
        rule_id,
        rule_version,
        ruler_version,
        for_windows,
        clear_windows
    from opening
    where grade is not null

)

select * from final
