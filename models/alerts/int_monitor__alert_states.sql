{{ model_monitor.table_model() }}
{#- One row per alert: its life cycle, its severity now and at its worst, and
    the measured values. -#}
{%- set as_of = model_monitor.as_of_timestamp() %}
{%- set scope_keys = ['rule_id', 'monitor', 'log', 'family', 'subject', 'metric', 'baseline',
    'window_name'] %}

-- late rows may end a life and begin it again: one alert, known since the first time
with lives as (

    select
        *,
        min(detected_at) over first_ends as first_detected_at,
        row_number() over (
            partition by fingerprint, level, first_known_as
            order by detected_at desc, opened_at desc
        ) as recency
    from {{ ref('model_monitor', 'int_monitor__alert_lifecycles') }}
    window first_ends as (partition by fingerprint, level, first_known_as)

),

lifecycles as (

    select
        fingerprint,
        level,
        first_known_as,
        opened_at,
        fired_at,
        first_detected_at as detected_at,
        last_seen_at,
        last_open_at,
        resolved_at
    from lives
    where recency = 1

),

judgements as (

    select
        *,
        row_number() over (
            partition by fingerprint order by window_end desc, as_of desc
        ) as recency
    from {{ ref('model_monitor', 'monitor_judgements') }}

),

rules as (

    select
        rule_id,
        is_safety
    from {{ ref('model_monitor', 'int_monitor__rules') }}
    where is_in_force

),

-- the scope of each rule as of now
scopes as (

    select *
    from {{ ref('model_monitor', 'int_monitor__rule_scopes') }}
    where valid_from <= {{ as_of }}
        and valid_to > {{ as_of }}

),

slices as (

    select distinct
        monitor,
        slice_name
    from {{ ref('model_monitor', 'int_monitor__slices') }}
    where is_published

),

subjects as (

    select * from {{ ref('model_monitor', 'int_monitor__evaluable_metrics') }}

),

versions as (

    select
        monitor,
        model_version
    from {{ ref('model_monitor', 'stg_monitor__versions') }}
    where stage = 'retired'

),

warned as (

    select * from lifecycles where level = 'warn'

),

-- critical during the life of the warning: at any time, and now
criticals as (

    select
        warned.fingerprint,
        warned.opened_at,
        max(case when criticals.fired_at is not null then 1 else 0 end) as was_critical,
        -- a warning that fires is not critical until the critical level has fired too
        max(case
            when criticals.resolved_at is null
                and (criticals.fired_at is not null or warned.fired_at is null) then 1
            else 0
        end) as is_critical,
        min(case
            when criticals.resolved_at is null and criticals.fired_at is not null
                then criticals.detected_at
        end) as critical_at
    from warned
    inner join lifecycles as criticals
        on warned.fingerprint = criticals.fingerprint
        and criticals.level = 'critical'
        and criticals.opened_at >= warned.opened_at
        and (warned.resolved_at is null or criticals.opened_at < warned.resolved_at)
    group by warned.fingerprint, warned.opened_at

),

breaches as (

    select
        warned.fingerprint,
        warned.opened_at,
        judgements.window_start,
        judgements.window_end,
        judgements.value,
        judgements.baseline_value,
        judgements.strength,
        judgements.threshold,
        judgements.sample_size,
        judgements.is_learning,
        judgements.history_windows,
        -- an alert shows its last window while it is open, and its worst one afterwards
        row_number() over (
            partition by warned.fingerprint, warned.opened_at
            order by
                case when warned.resolved_at is not null then judgements.strength end desc,
                judgements.window_end desc,
                judgements.as_of desc
        ) as from_shown,
        row_number() over (
            partition by warned.fingerprint, warned.opened_at
            order by judgements.window_end, judgements.as_of
        ) as from_first
    from warned
    inner join judgements
        on warned.fingerprint = judgements.fingerprint
        and judgements.outcome = 'breach'
        and judgements.window_end >= warned.opened_at
        and judgements.window_end <= warned.last_seen_at

),

measured as (

    select
        fingerprint,
        opened_at,
        min(case when from_first = 1 then window_start end) as first_window_start,
        max(case when from_shown = 1 then window_start end) as shown_window_start,
        max(case when from_shown = 1 then window_end end) as shown_window_end,
        max(case when from_shown = 1 then value end) as current_value,
        max(case when from_shown = 1 then baseline_value end) as baseline_value,
        max(case when from_shown = 1 then threshold end) as threshold,
        max(case when from_shown = 1 then sample_size end) as sample_size,
        max(case when from_first = 1 then value end) as first_value,
        max(case when from_first = 1 then baseline_value end) as first_baseline_value,
        max(strength) as strength,
        max(case when is_learning then 1 else 0 end) as is_learning,
        max(case when from_shown = 1 and is_learning then history_windows end) as learned_windows,
        count(distinct window_end) as window_count
    from breaches
    group by fingerprint, opened_at

),

-- Whether an alert is over because its history has learned the new level: its value is still nearer
-- to the worst of the alert than to what was normal before. A volume is compared with the recent
-- past, which learns sooner than the four weeks for which all else is held, but not before two of
-- its four weekdays have the new level.
adapted as (

    select
        warned.fingerprint,
        warned.opened_at,
        max(case
            when abs(released.value - measured.current_value) < abs(
                released.value - {{ model_monitor.normal_value(
                    'released.family', 'measured.first_baseline_value'
                ) }}
            ) then 1
            else 0
        end) = 1 as is_adapted
    from warned
    inner join measured
        on warned.fingerprint = measured.fingerprint
        and warned.opened_at = measured.opened_at
    inner join judgements as released
        on warned.fingerprint = released.fingerprint
        and warned.resolved_at = released.window_end
    where (
            released.family = 'volume'
            and warned.resolved_at >= warned.opened_at + interval '14 days'
        )
        or (
            warned.resolved_at >= warned.opened_at + interval '28 days'
            and {{ model_monitor.has_fixed_normal('released') }}
        )
    group by warned.fingerprint, warned.opened_at

),

latest as (

    select * from judgements where recency = 1

),

-- alerts that a rule still evaluates: a rule that is removed or narrowed can never resolve them
evaluated as (

    select latest.fingerprint
    from latest
    inner join scopes
        on {{ model_monitor.joined_on('latest', 'scopes', scope_keys) }}
        and {{ model_monitor.fits_scope('latest', 'scopes') }}
    left join slices
        on latest.monitor = slices.monitor
        and latest.slice_name = slices.slice_name
    where latest.slice_name = '(all)'
        or slices.slice_name is not null
    group by latest.fingerprint

),

kinds as (

    select
        monitor,
        log,
        subject,
        min(subject_kind) as subject_kind
    from subjects
    group by monitor, log, subject

),

-- a score is behaviour when its distribution is evaluated, performance when its outcome is
layers as (

    select
        monitor,
        log,
        family,
        subject,
        min(layer) as layer
    from subjects
    group by monitor, log, family, subject

),

final as (

    select
        {{ model_monitor.alert_name('warned.fingerprint', 'warned.first_known_as') }} as alert_id,
        warned.fingerprint,
        latest.monitor,
        latest.log,
        latest.role,
        latest.model_version,
        latest.family,
        latest.subject,
        kinds.subject_kind,
        layers.layer,
        latest.metric,
        latest.baseline,
        latest.window_name,
        latest.slice_name,
        latest.slice_value,
        latest.rule_id,
        latest.rule_version,
        coalesce(rules.is_safety, false) as is_safety,
        case
            when warned.resolved_at is not null and adapted.is_adapted then 'accepted'
            when warned.resolved_at is not null then 'resolved'
            when evaluated.fingerprint is null then 'retired'
            when warned.fired_at is null then 'pending'
            -- an ended version is not silent: its alerts are retired
            when latest.outcome = 'no_data' and versions.model_version is not null then 'retired'
            -- after four weeks a single window does not continue the alert: the series has
            -- too few rows
            when latest.outcome <> 'breach' and latest.window_end >= case
                -- a late log was silent before the alert opened
                when latest.family = 'freshness' then warned.opened_at
                else warned.last_seen_at
            end + interval '28 days' then 'retired'
            when latest.outcome = 'no_data' then 'stale'
            else 'firing'
        end as state,
        case
            when warned.resolved_at is not null and criticals.was_critical = 1 then 'critical'
            when warned.resolved_at is null and criticals.is_critical = 1 then 'critical'
            else 'warn'
        end as severity,
        measured.first_window_start,
        warned.opened_at,
        warned.detected_at,
        criticals.critical_at,
        warned.last_seen_at,
        warned.last_open_at,
        warned.resolved_at,
        measured.shown_window_start,
        measured.shown_window_end,
        measured.current_value,
        measured.baseline_value,
        measured.threshold,
        measured.sample_size,
        measured.first_value,
        measured.first_baseline_value,
        measured.strength,
        measured.is_learning = 1 as is_learning,
        measured.learned_windows,
        cast(measured.window_count as bigint) as window_count
    from warned
    inner join measured
        on warned.fingerprint = measured.fingerprint
        and warned.opened_at = measured.opened_at
    inner join latest
        on warned.fingerprint = latest.fingerprint
    left join adapted
        on warned.fingerprint = adapted.fingerprint
        and warned.opened_at = adapted.opened_at
    left join criticals
        on warned.fingerprint = criticals.fingerprint
        and warned.opened_at = criticals.opened_at
    left join evaluated
        on warned.fingerprint = evaluated.fingerprint
    left join rules
        on latest.rule_id = rules.rule_id
    left join kinds
        on latest.monitor = kinds.monitor
        and latest.log = kinds.log
        and latest.subject = kinds.subject
    left join layers
        on latest.monitor = layers.monitor
        and latest.log = layers.log
        and latest.family = layers.family
        and latest.subject = layers.subject
    left join versions
        on latest.monitor = versions.monitor
        and latest.model_version = versions.model_version

)

select * from final
