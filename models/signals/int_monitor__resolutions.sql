{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'window_name', 'window_end'],
    replaced_by='int_monitor__evaluated_windows'
) }}
{#- Which windows of a series have enough evidence for a family, and the shortest of these lengths:
    the resolution. A length qualifies from a day on which the median of its last eight windows
    reaches the need, until this median falls below 1 / 1.3 of the need or stays below all of it for
    three weeks. -#}
{%- set series = [
    'monitor', 'log', 'model_version', 'slice_name', 'slice_value', 'subject', 'evidence',
    'evidence_need',
] %}
{%- set lengths = model_monitor.ruled_windows() %}
{%- set each_length = series + ['window_name'] %}
{%- set counted = ['monitor', 'log', 'model_version', 'window_name', 'window_start', 'window_end',
    'slice_name', 'slice_value'] %}

with evaluated as (

    select * from {{ ref('model_monitor', 'int_monitor__evaluated_windows') }}
    where window_name in ({{ model_monitor.word_literals(lengths) }})

),

-- as far back as the first of these windows looks
reaches as (

    select
        monitor,
        log,
        min(window_end) - interval '28 days' as first_window_end,
        max(window_end) as last_window_end
    from evaluated
    group by monitor, log

),

needs as (

    select distinct
        monitor,
        evidence_log as log,
        evidence,
        evidence_need
    from {{ ref('model_monitor', 'int_monitor__rule_scopes') }}
    where at_resolution or at_longer

),

counts as (

    select
        {{ model_monitor.listed_columns('metrics', counted) }},
        '(rows)' as subject,
        metrics.row_count,
        metrics.row_count as evidence_count
    from {{ ref('model_monitor', 'int_monitor__window_metrics') }} as metrics
    where metrics.metric = 'volume'
        and metrics.role = 'live'

    union all

    select
        {{ model_monitor.listed_columns('labels', counted) }},
        '(rows)' as subject,
        labels.matured_count as row_count,
        labels.matured_count as evidence_count
    from {{ ref('model_monitor', 'monitor_labels') }} as labels
    where labels.role = 'live'

    union all

    -- of two answers the rarer one counts twice
    select
        {{ model_monitor.listed_columns('performance', counted) }},
        coalesce(scores.subject, performance.score) as subject,
        performance.labelled_count as row_count,
        case
            when performance.class in ('(all)', '(micro)') then performance.labelled_count
            else cast(round(
                2 * least(performance.prevalence, 1 - performance.prevalence)
                * performance.labelled_count
            ) as bigint)
        end as evidence_count
    from {{ ref('model_monitor', 'monitor_performance') }} as performance
    left join {{ ref('model_monitor', 'int_monitor__outcome_scores') }} as scores
        on {{ model_monitor.joined_on(
            'performance', 'scores', ['monitor', 'log', 'score', 'class']
        ) }}
    where performance.role = 'live'
        and performance.class not in ('(macro)', '(weighted)')

),

measured as (

    select
        {{ model_monitor.listed_columns('counts', counted + ['subject', 'row_count']) }},
        needs.evidence,
        needs.evidence_need,
        {{ dbt.datediff("cast('1970-01-01' as timestamp)", 'counts.window_end', 'day') }}
            as day_number,
        dispersions.dispersion,
        counts.evidence_count / case when needs.evidence = 'distribution'
            then coalesce(dispersions.dispersion, 1e0) else 1e0 end as evidence_count
    from counts
    inner join reaches
        on counts.monitor = reaches.monitor
        and counts.log = reaches.log
        and counts.window_end > reaches.first_window_end
        and counts.window_end <= reaches.last_window_end
    inner join needs
        on counts.monitor = needs.monitor
        and counts.log = needs.log
        and (counts.subject = '(rows)') = (needs.evidence <> 'labels')
    -- the dependence between rows, of an outcome that of its predictions
    left join {{ ref('model_monitor', 'int_monitor__row_dispersions') }} as dispersions
        on counts.monitor = dispersions.monitor
        and dispersions.log = case when {{ model_monitor.is_outcome_log('counts.log') }}
            then 'predictions' else counts.log end
        and {{ model_monitor.joined_on('counts', 'dispersions', [
            'window_name', 'window_end', 'slice_name', 'slice_value'
        ]) }}
    where counts.window_name in ({{ model_monitor.word_literals(lengths) }})

),

-- a median reaches a number if at least half of the windows do
recent as (

    select
        *,
        2 * sum(case when evidence_count >= evidence_need then 1 else 0 end) over eight_windows
        >= count(*) over eight_windows as is_enough,
        2 * sum(case when 1.3 * evidence_count >= evidence_need then 1 else 0 end)
            over eight_windows
        < count(*) over eight_windows as is_short
    from measured
    window eight_windows as (
        partition by {{ each_length | join(', ') }}
        order by day_number
        range between 7 preceding and current row
    )

),

crossed as (

    select
        *,
        max(case when is_enough then day_number end) over three_weeks as last_enough,
        max(case when is_short then day_number end) over three_weeks as last_short
    from recent
    window three_weeks as (
        partition by {{ each_length | join(', ') }}
        order by day_number
        range between 20 preceding and current row
    )

),

ranked as (

    select
        *,
        coalesce(last_enough > coalesce(last_short, -1), false) as qualifies,
        case window_name
            {%- for length in lengths %} when '{{ length }}' then {{ loop.index }}{% endfor %} end
            as length_number
    from crossed

),

resolved as (

    select
        *,
        min(case when qualifies then length_number end) over ends as resolution_number,
        max(length_number) over ends as longest_number
    from ranked
    window ends as (partition by {{ series | join(', ') }}, window_end)

),

-- slow change shows one step above the resolution; above the longest length there is none
final as (

    select
        {{ model_monitor.listed_columns('resolved', counted + ['subject', 'evidence']) }},
        cast(resolved.evidence_need as bigint) as evidence_need,
        cast(resolved.row_count as bigint) as row_count,
        cast(resolved.evidence_count as {{ model_monitor.type_double() }}) as evidence_count,
        cast(resolved.dispersion as {{ model_monitor.type_double() }}) as dispersion,
        coalesce(resolved.length_number = resolved.resolution_number, false) as is_resolution,
        -- engines differ in what the least of a null is
        case
            when resolved.resolution_number is null then false
            else resolved.length_number
                = least(resolved.resolution_number + 1, resolved.longest_number)
        end as is_longer
    from resolved
    inner join evaluated
        on {{ model_monitor.joined_on(
            'resolved', 'evaluated', ['monitor', 'log', 'window_name', 'window_end']
        ) }}

)

select * from final
