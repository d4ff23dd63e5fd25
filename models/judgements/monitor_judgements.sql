{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'window_name', 'window_end', 'as_of'],
    replaced_by='int_monitor__evaluated_windows',
    is_kept=true
) }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__evaluated_windows') }}

with said as (

    select
        *,
        {{ model_monitor.as_of_timestamp() }} as as_of
    from {{ ref('model_monitor', 'int_monitor__breach_histories') }}

),

earlier as (

    select * from {{ ref('model_monitor', 'int_monitor__prior_judgements') }}

),

-- the latest verdict of each window, of this run and of earlier ones
known as (

    select
        *,
        row_number() over (partition by fingerprint, window_end order by as_of desc) as recency
    from (
        select * from said
        union all
        select * from earlier
    ) as any_run

),

breaches as (

    select
        *,
        {{ model_monitor.normal_value('family', 'baseline_value') }} as normal_value
    from known
    where recency = 1
        and outcome = 'breach'

),

-- Four weeks after a breach a value is clear only when it is nearer to what was normal then than to
-- the worst: a history that has learned the new level ends nothing.
worsts as (

    select
        said.fingerprint,
        said.window_end,
        case
            when abs(said.value - breaches.value) < abs(said.value - breaches.normal_value)
                then breaches.severity
        end as kept_level,
        row_number() over (
            partition by said.fingerprint, said.window_end
            order by breaches.strength desc, breaches.window_end desc
        ) as choice
    from said
    inner join breaches
        on said.fingerprint = breaches.fingerprint
        and breaches.window_end < said.window_end
        and breaches.window_end >= said.window_end - interval '28 days'
    inner join (
        select distinct
            rule_id,
            rule_version
        from {{ ref('model_monitor', 'int_monitor__rules') }}
        -- a limit learns nothing
        where kind not in ('static', 'burn_rate')
    ) as rules
        on said.rule_id = rules.rule_id
        and said.rule_version = rules.rule_version
    where said.outcome = 'clear'
        and {{ model_monitor.has_fixed_normal('said') }}

),

judged as (

    select
        {%- for column in model_monitor.judgement_columns() %}
        {% if column == 'held_level' -%}
        coalesce(said.held_level, worsts.kept_level) as held_level
        {%- else -%}
        said.{{ column }}
        {%- endif %},
        {%- endfor %}
        said.as_of
    from said
    left join worsts
        on said.fingerprint = worsts.fingerprint
        and said.window_end = worsts.window_end
        and worsts.choice = 1

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
    ) as previous
        on judged.fingerprint = previous.fingerprint
        and judged.window_end = previous.window_end
        and previous.recency = 1
    where previous.fingerprint is null
        or previous.outcome <> judged.outcome
        or coalesce(previous.severity, '') <> coalesce(judged.severity, '')
        or coalesce(previous.held_level, '') <> coalesce(judged.held_level, '')
        or abs(coalesce(previous.effect, 0) - coalesce(judged.effect, 0)) > 0.000000001

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
