{{ model_monitor.table_model() }}
{#- Every signal of the evaluated windows under the rule that names it: breach or clear. A
    signal without a row here was not evaluated: no value, too few rows, or a baseline that is
    still warming up. -#}
{%- set seasonal_families = model_monitor.word_literals(model_monitor.seasonal_families()) %}
{%- set signal = ['monitor', 'log', 'role', 'model_version', 'family', 'subject', 'metric',
    'baseline', 'window_name', 'window_start', 'window_end', 'slice_name', 'slice_value'] %}
{%- set scope_keys = ['monitor', 'log', 'family', 'subject', 'metric', 'baseline'] %}
{%- set shorter_keys = (model_monitor.signal_keys() | reject('equalto', 'window_name') | list)
    + ['window_end'] %}

with scopes as (

    select * from {{ ref('model_monitor', 'int_monitor__rule_scopes') }}

),

signals as (

    select signals.*
    from {{ ref('model_monitor', 'monitor_signals') }} as signals
    inner join {{ ref('model_monitor', 'int_monitor__evaluated_windows') }} as windows
        on {{ model_monitor.joined_on('signals', 'windows', ['monitor', 'log', 'window_name']) }}
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
        {{ model_monitor.rule_change() }} as change,
        {{ model_monitor.rule_noise() }} as noise,
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
        {{ model_monitor.unusual_by() }} as unusual_by,
        {{ model_monitor.is_learning() }} as is_learning
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

known as (

    select
        *,
        {{ model_monitor.is_unknown() }} as is_unknown
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
        {{ model_monitor.listed_columns('', signal) }},
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
