{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'window_name', 'window_end', 'as_of'],
    replaced_by='int_monitor__evaluated_windows',
    is_kept=true
) }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__evaluated_windows') }}

with judged as (

    select
        *,
        {{ model_monitor.as_of_timestamp() }} as as_of
    from {{ ref('model_monitor', 'int_monitor__breach_histories') }}

),

earlier as (

    select * from {{ ref('model_monitor', 'int_monitor__prior_judgements') }}

),

-- the previous verdict of the same window: an unchanged verdict is not stored again
changed as (

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
        or coalesce(said.held_level, '') <> coalesce(judged.held_level, '')
        or abs(coalesce(said.effect, 0) - coalesce(judged.effect, 0)) > 0.000000001

),

retained as (

    select *, true as is_new from changed
    union all
    select *, false as is_new from earlier

),

-- A breach begins a stretch. Within it, a value near a threshold restarts the
-- count of clear windows.
stretches as (

    select
        *,
        outcome = 'clear' and held_level is null as is_over,
        sum(case when outcome = 'breach' then 1 else 0 end) over story as breach_number,
        sum(case when outcome = 'breach' or held_level is not null then 1 else 0 end) over story
            as count_number,
        max(case when outcome = 'breach' then window_end end) over story as last_breach
    from retained
    window story as (
        partition by fingerprint order by window_end, as_of
        rows between unbounded preceding and current row
    )

),

counted as (

    select
        *,
        case
            when is_over then dense_rank() over (
                partition by fingerprint, count_number, is_over order by window_end
            )
        end as clear_number
    from stretches

),

-- after enough consecutive clear windows, nothing is stored until the next breach
closed as (

    select
        *,
        min(case when clear_number >= clear_windows then window_end end) over (
            partition by fingerprint, breach_number
        ) as closed_at
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
        held_level,
        value,
        baseline_value,
        effect,
        threshold,
        strength,
        sample_size,
        noise_floor,
        z,
        is_learning,
        history_windows,
        rule_id,
        rule_version,
        ruler_version,
        for_windows,
        clear_windows
    from closed
    where is_new
        and breach_number > 0
        and (closed_at is null or window_end <= closed_at)
        -- missing data is stored for as long as a history lasts
        and (outcome <> 'no_data' or window_end <= last_breach + interval '28 days')

)

select * from final
