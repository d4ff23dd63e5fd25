{{ model_monitor.table_model() }}
{#- One row per alert: its life cycle, its severity now and at its worst, and
    the measured values. -#}
{%- set life = ['fingerprint', 'opened_at'] %}

-- late rows may end a life and begin it again: one alert, known since the first time
with lifecycles as (

    select *
    from (
        select
            *,
            min(detected_at) over first_ends as first_detected_at,
            row_number() over (
                partition by fingerprint, level, first_known_as
                order by detected_at desc, opened_at desc
            ) as recency
        from {{ ref('model_monitor', 'int_monitor__alert_lifecycles') }}
        window first_ends as (partition by fingerprint, level, first_known_as)
    ) as lives
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

warned as (

    select * from lifecycles where level = 'warn'

),

breaches as (

    select
        warned.fingerprint,
        warned.opened_at,
        {{ model_monitor.listed_columns('judgements', [
            'window_start', 'window_end', 'value', 'baseline_value', 'strength', 'threshold',
            'sample_size', 'is_learning', 'history_windows'
        ]) }},
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

adapted as (

    {{ model_monitor.adapted_alert_rows('warned', 'measured', 'judgements') | indent(4) }}

),

latest as (

    select * from judgements where recency = 1

),

severities as (

    {{ model_monitor.alert_severity_rows(
        'warned', 'lifecycles', 'measured', 'latest'
    ) | indent(4) }}

),

evaluated as (

    {{ model_monitor.evaluated_fingerprint_rows('latest') | indent(4) }}

),

kinds as (

    select
        monitor,
        log,
        subject,
        min(subject_kind) as subject_kind
    from {{ ref('model_monitor', 'int_monitor__evaluable_metrics') }}
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
    from {{ ref('model_monitor', 'int_monitor__evaluable_metrics') }}
    group by monitor, log, family, subject

),

final as (

    select
        {{ model_monitor.alert_name('warned.fingerprint', 'warned.first_known_as') }} as alert_id,
        warned.fingerprint,
        {{ model_monitor.listed_columns('latest', [
            'monitor', 'log', 'role', 'model_version', 'family', 'subject'
        ]) }},
        kinds.subject_kind,
        layers.layer,
        {{ model_monitor.listed_columns('latest', [
            'metric', 'baseline', 'window_name', 'slice_name', 'slice_value', 'rule_id',
            'rule_version'
        ]) }},
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
        severities.severity,
        measured.first_window_start,
        warned.opened_at,
        warned.first_detected_at as detected_at,
        severities.critical_at,
        warned.last_seen_at,
        warned.last_open_at,
        warned.resolved_at,
        {{ model_monitor.listed_columns('measured', [
            'shown_window_start', 'shown_window_end', 'current_value', 'baseline_value',
            'threshold', 'sample_size', 'first_value', 'first_baseline_value', 'strength'
        ]) }},
        measured.is_learning = 1 as is_learning,
        measured.learned_windows,
        cast(measured.window_count as bigint) as window_count
    from warned
    inner join measured
        on {{ model_monitor.joined_on('warned', 'measured', life) }}
    inner join severities
        on {{ model_monitor.joined_on('warned', 'severities', life) }}
    inner join latest
        on warned.fingerprint = latest.fingerprint
    left join adapted
        on {{ model_monitor.joined_on('warned', 'adapted', life) }}
    left join evaluated
        on warned.fingerprint = evaluated.fingerprint
    left join {{ ref('model_monitor', 'int_monitor__rules') }} as rules
        on latest.rule_id = rules.rule_id
        and rules.is_in_force
    left join kinds
        on {{ model_monitor.joined_on('latest', 'kinds', ['monitor', 'log', 'subject']) }}
    left join layers
        on {{ model_monitor.joined_on(
            'latest', 'layers', ['monitor', 'log', 'family', 'subject']
        ) }}
    left join {{ ref('model_monitor', 'stg_monitor__versions') }} as versions
        on latest.monitor = versions.monitor
        and latest.model_version = versions.model_version
        and versions.stage = 'retired'

)

select * from final
