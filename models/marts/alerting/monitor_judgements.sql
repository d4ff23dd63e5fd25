{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['monitor', 'log', 'window_name', 'window_end', 'as_of'],
    meta={'replaced_by': 'int_monitor__judged_windows', 'is_kept': true},
    on_schema_change='append_new_columns',
    full_refresh=false
) }}

with windows as (

    select * from {{ ref('model_monitor', 'int_monitor__judged_windows') }}

),

verdicts as (

    select
        *,
        {{ model_monitor.as_of_timestamp() }} as as_of
    from {{ ref('model_monitor', 'int_monitor__verdicts') }}

),

earlier as (

    {{ model_monitor.earlier_judgement_rows(this, is_incremental()) | indent(4) }}

),

-- only what was ever in breach has a story; the latest row of each says what it is about
breached as (

    select
        fingerprint,
        min(window_end) as first_breach
    from (
        select fingerprint, window_end from verdicts where outcome = 'breach'
        union all
        select fingerprint, window_end from earlier where outcome = 'breach'
    ) as breaches
    group by fingerprint

),

described as (

    select
        *,
        row_number() over (
            partition by fingerprint order by window_end desc, as_of desc
        ) as recency
    from (
        select fingerprint, monitor, log, role, model_version, family, subject, metric, baseline,
            window_name, slice_name, slice_value, rule_id, rule_version, for_windows,
            clear_windows, window_end, as_of
        from verdicts
        where outcome = 'breach'
        union all
        select fingerprint, monitor, log, role, model_version, family, subject, metric, baseline,
            window_name, slice_name, slice_value, rule_id, rule_version, for_windows,
            clear_windows, window_end, as_of
        from earlier
        where outcome = 'breach'
    ) as stories

),

-- a judged window without a verdict had no data for it
silent as (

    select
        described.fingerprint,
        described.monitor,
        described.log,
        described.role,
        described.model_version,
        described.family,
        described.subject,
        described.metric,
        described.baseline,
        described.window_name,
        windows.window_end,
        described.slice_name,
        described.slice_value,
        windows.as_of,
        described.rule_id,
        described.rule_version,
        described.for_windows,
        described.clear_windows
    from described
    inner join breached
        on described.fingerprint = breached.fingerprint
    inner join windows
        on described.monitor = windows.monitor
        and described.log = windows.log
        and described.window_name = windows.window_name
        and windows.window_end > breached.first_breach
    left join verdicts
        on described.fingerprint = verdicts.fingerprint
        and windows.window_end = verdicts.window_end
    where described.recency = 1
        and verdicts.fingerprint is null

),

judged as (

    select
        verdicts.fingerprint,
        verdicts.monitor,
        verdicts.log,
        verdicts.role,
        verdicts.model_version,
        verdicts.family,
        verdicts.subject,
        verdicts.metric,
        verdicts.baseline,
        verdicts.window_name,
        verdicts.window_start,
        verdicts.window_end,
        verdicts.slice_name,
        verdicts.slice_value,
        verdicts.as_of,
        verdicts.outcome,
        verdicts.severity,
        verdicts.value,
        verdicts.baseline_value,
        verdicts.effect,
        verdicts.threshold,
        verdicts.strength,
        verdicts.sample_size,
        verdicts.noise_floor,
        verdicts.z,
        verdicts.is_learning,
        verdicts.rule_id,
        verdicts.rule_version,
        verdicts.ruler_version,
        verdicts.for_windows,
        verdicts.clear_windows
    from verdicts
    inner join breached
        on verdicts.fingerprint = breached.fingerprint
        and verdicts.window_end >= breached.first_breach

    union all

    select
        fingerprint,
        monitor,
        log,
        role,
        model_version,
        family,
        subject,
        metric,
        baseline,
        window_name,
        cast(null as timestamp) as window_start,
        window_end,
        slice_name,
        slice_value,
        as_of,
        'no_data' as outcome,
        cast(null as {{ model_monitor.type_text() }}) as severity,
        cast(null as {{ model_monitor.type_double() }}) as value,
        cast(null as {{ model_monitor.type_double() }}) as baseline_value,
        cast(null as {{ model_monitor.type_double() }}) as effect,
        cast(null as {{ model_monitor.type_double() }}) as threshold,
        cast(null as {{ model_monitor.type_double() }}) as strength,
        cast(null as bigint) as sample_size,
        cast(null as {{ model_monitor.type_double() }}) as noise_floor,
        cast(null as {{ model_monitor.type_double() }}) as z,
        false as is_learning,
        rule_id,
        rule_version,
        cast(null as integer) as ruler_version,
        for_windows,
        clear_windows
    from silent

),

-- what was said of the same window before: an unchanged verdict is not said again
news as (

    select judged.*
    from judged
    left join (
        select
            *,
            row_number() over (partition by fingerprint, window_end order by as_of desc) as recency
        from earlier
    ) as said
        on judged.fingerprint = said.fingerprint
        and judged.window_end = said.window_end
        and said.recency = 1
    where said.fingerprint is null
        or said.outcome <> judged.outcome
        or coalesce(said.severity, '') <> coalesce(judged.severity, '')
        or abs(coalesce(said.effect, 0) - coalesce(judged.effect, 0)) > 0.000000001

),

told as (

    select *, true as is_new from news
    union all
    select *, false as is_new from earlier

),

-- after a breach, clear windows count until the alert is resolved, silent ones for four weeks
stretches as (

    select
        *,
        sum(case when outcome = 'breach' then 1 else 0 end) over story as breach_number,
        max(case when outcome = 'breach' then window_end end) over story as last_breach
    from told
    window story as (
        partition by fingerprint order by window_end, as_of
        rows between unbounded preceding and current row
    )

),

counted as (

    select
        *,
        case
            when outcome = 'clear' then dense_rank() over (
                partition by fingerprint, breach_number, outcome order by window_end
            )
        end as clear_number
    from stretches

),

lasting as (

    select
        *,
        coalesce(max(clear_number) over (
            partition by fingerprint, breach_number order by window_end, as_of
            rows between unbounded preceding and current row
        ), 0) as clear_so_far
    from counted

),

final as (

    select
        fingerprint,
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
        as_of,
        outcome,
        severity,
        value,
        baseline_value,
        effect,
        threshold,
        strength,
        sample_size,
        noise_floor,
        z,
        is_learning,
        rule_id,
        rule_version,
        ruler_version,
        for_windows,
        clear_windows
    from lasting
    where is_new
        and breach_number > 0
        and (
            outcome = 'breach'
            or (outcome = 'clear' and clear_number <= clear_windows)
            or (
                outcome = 'no_data'
                and clear_so_far < clear_windows
                and window_end <= last_breach + interval '28 days'
            )
        )

)

select * from final
