{#- The verdicts of this run for everything that was ever in breach: all windows since the breach.
    An evaluated window without a verdict is recorded as no data. -#}
{{ model_monitor.view_model() }}
{%- set keys = model_monitor.history_columns() -%}
{%- set unsaid = {
    'window_start': 'timestamp', 'severity': model_monitor.type_text(),
    'held_level': model_monitor.type_text(), 'sample_size': 'bigint',
    'history_windows': 'integer', 'ruler_version': 'integer',
} -%}

with windows as (

    select * from {{ ref('model_monitor', 'int_monitor__evaluated_windows') }}

),

verdicts as (

    select * from {{ ref('model_monitor', 'int_monitor__verdicts') }}

),

-- only series that were ever in breach have a history; the latest row of each has its attributes
breaches as (

    select
        {{ model_monitor.fingerprint() }} as fingerprint,
        {{ model_monitor.listed_columns('', keys | reject('equalto', 'fingerprint') | list) }},
        {{ model_monitor.as_of_timestamp() }} as as_of
    from verdicts
    where outcome = 'breach'

    union all

    select
        {{ model_monitor.listed_columns('', keys) }},
        as_of
    from {{ ref('model_monitor', 'int_monitor__prior_judgements') }}
    where outcome = 'breach'

),

histories as (

    select
        *,
        min(window_end) over (partition by fingerprint) as first_breach,
        row_number() over (
            partition by fingerprint order by window_end desc, as_of desc
        ) as recency
    from breaches

),

-- most verdicts are clear and belong to no history: only these get a fingerprint
known as (

    select
        histories.fingerprint,
        {{ model_monitor.listed_columns('verdicts', model_monitor.verdict_columns()) }}
    from verdicts
    inner join histories
        on {{ model_monitor.joined_on('verdicts', 'histories', model_monitor.history_keys()) }}
        and histories.recency = 1
        and verdicts.window_end >= histories.first_breach

),

silent as (

    select
        histories.*,
        windows.window_end as silent_end
    from histories
    inner join windows
        on histories.monitor = windows.monitor
        and histories.log = windows.log
        and histories.window_name = windows.window_name
        and windows.window_end > histories.first_breach
    left join known
        on histories.fingerprint = known.fingerprint
        and windows.window_end = known.window_end
    -- a window whose label window is still open is not missing
    left join {{ ref('model_monitor', 'int_monitor__outcome_watermarks') }} as clocks
        on windows.monitor = clocks.monitor
        and windows.log = clocks.log
        and windows.window_name <> 'run'
    where histories.recency = 1
        and known.fingerprint is null
        and windows.window_end <= coalesce(clocks.matured_through, windows.window_end)

),

final as (

    select {{ model_monitor.listed_columns('', model_monitor.judgement_columns()) }}
    from known

    union all

    select
        {%- for column in model_monitor.judgement_columns() %}
        {%- if column == 'window_end' %}
        silent_end as window_end
        {%- elif column == 'outcome' %}
        'no_data' as outcome
        {%- elif column == 'is_learning' %}
        false as is_learning
        {%- elif column in keys %}
        {{ column }}
        {%- else %}
        cast(null as {{ unsaid.get(column, model_monitor.type_double()) }}) as {{ column }}
        {%- endif %}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from silent

)

select * from final
