{{ model_monitor.table_model() }}
{#- Every signal of the evaluated windows under the rule that names it: breach or clear. A
    signal without a row here was not evaluated: no value, too few rows, or a baseline that is
    still warming up. -#}
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

resolutions as (

    select resolutions.*
    from {{ ref('model_monitor', 'int_monitor__resolutions') }} as resolutions
    where is_resolution or is_longer

),

-- a burn rate over two windows also needs the shorter one
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
            -- if the normal value is zero, nothing is missing
            when scopes.kind = 'volume' and signals.baseline_value = 0 then 0.0
            when scopes.kind in ('relative', 'volume', 'seasonal')
                -- if the normal value is negative, a lower value is further below it
                then signals.value / nullif(abs(signals.baseline_value), 0)
                    - sign(signals.baseline_value)
            -- in deviations of its own history, which are never smaller than chance makes them
            when scopes.kind = 'control_chart'
                then (signals.value - signals.history_mean) / nullif(greatest(
                    coalesce(signals.history_deviation, 0),
                    coalesce(signals.noise_floor, 0) / 3.09,
                    0.001 * abs(signals.history_mean)
                ), 0)
            -- how many times faster than allowed the budget burns, in both the short and
            -- the long window
            when scopes.kind = 'burn_rate' and shorter.value is not null
                then least(
                    signals.value - signals.noise_floor, shorter.value - shorter.noise_floor
                ) / scopes.error_budget
            when scopes.kind = 'burn_rate' then null
            -- below the threshold the baseline was not computed and does not matter
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
        -- a volume of few rows, or none, also gets a verdict, but opens no alert
        scopes.family <> 'volume'
        or (
            greatest(coalesce(signals.baseline_value, 0), signals.value) >= scopes.min_rows
            and {{ model_monitor.is_no_chance_volume('signals') }}
        ) as may_open,
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
    left join resolutions
        on (scopes.at_resolution or scopes.at_longer)
        and {{ model_monitor.joined_on('signals', 'resolutions', [
            'monitor', 'model_version', 'window_name', 'window_end', 'slice_name', 'slice_value'
        ]) }}
        and scopes.evidence_log = resolutions.log
        and scopes.evidence = resolutions.evidence
        and scopes.evidence_need = resolutions.evidence_need
        and {{ model_monitor.evidence_subject('signals', 'scopes') }} = resolutions.subject
    -- a rule that names no window evaluates each series at its resolution
    where (
            scopes.is_named
            or (scopes.at_resolution and resolutions.is_resolution)
            or (scopes.at_longer and resolutions.is_longer)
        )
        and (
            scopes.family = 'volume'
            -- a distance is as reliable as its rows are independent: 1,500 rows of 20 users
            -- are not many
            or case when scopes.kind in ('drift', 'tail')
                then least(
                    coalesce(signals.sample_size, 0),
                    coalesce(signals.baseline_sample_size, signals.sample_size, 0)
                ) / coalesce(signals.dispersion, 1.0)
                else coalesce(signals.sample_size, 0)
            end >= case when resolutions.monitor is not null and scopes.family <> 'dataset'
                then {{ model_monitor.thin_share() }} * scopes.min_rows else scopes.min_rows end
        )

),

-- the change in the direction of the rule; a floor compares the value itself
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
        -- size: the change beyond the noise; for a floor, the best value within the noise
        case when is_floor then size + noise else size - noise end as effect,
        -- evidence: the probability of no change, relative to the allowed one
        case kind
            when 'drift' then coalesce(q_value, 1.0) / 0.01
            when 'tail' then coalesce(p_value, 1.0) / 0.001
            else 0.0
        end as odds,
        -- rarity: the deviation from the history, relative to the allowed one
        case
            -- a training result is no history, and the normal range may be as bad as today
            when family in ({{ outcome_families }}) and baseline <> 'history' then 9.0
            when kind in ('static', 'control_chart', 'burn_rate') then 9.0
            when kind = 'relative' and family not in ('metrics', {{ outcome_families }})
                and not needs_past then 9.0
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
                and not (family = 'metrics' and kind = 'relative')
                then dispersion is null
            else coalesce(history_windows, 0) < {{ model_monitor.learning_windows() }}
        end as is_learning
    from sized

),

-- An alert is over when its change is small again, or when all of it may be chance. A change that
-- is certain, but may be smaller than it looks, goes on.
lasting as (

    select
        *,
        case
            when kind in ('drift', 'tail') or is_floor or effect <= 0 then effect
            else size
        end as lasting_effect
    from measured

),

-- These stay unknown during the warm-up: slices, versions, values without a baseline,
-- distances without a noise estimate, and distances to the reference. One finding reports
-- a reference mismatch.
known as (

    select
        *,
        is_learning
        and (
            slice_name <> '(all)'
            or needs_past
            or (kind = 'delta' and (model_version <> '(all)' or baseline_value is null))
            or (kind in ('drift', 'tail') and dispersion is null)
            or family = 'plugin'
            or (family = 'metrics' and kind = 'relative')
            or (family in ('drift', 'tail', 'dataset') and baseline = 'reference')
            -- performance is compared with its own history
            or (family in ({{ outcome_families }}) and baseline = 'history')
        ) as is_unknown
    from lasting

),

graded as (

    select
        *,
        {{ model_monitor.verdict_grade() }} as full_grade,
        -- Within the band below a threshold no alert fires and none is resolved. After a few bad
        -- days the history contains some of them, so the next one is less unusual but just as bad.
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
            -- the strength of a floor breach is at most 100
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
