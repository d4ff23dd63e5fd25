{#- The performance of each candidate in its latest final window, and of the serving version in the
    same window. Among windows that end together, the one with most labels counts. -#}
{{ model_monitor.view_model() }}
{%- set place = ['monitor', 'log', 'window_name', 'window_end', 'slice_name', 'score'] %}
{%- set metrics = model_monitor.performance_metrics() %}
{%- set double = model_monitor.type_double() %}

with performance as (

    select performance.*
    from {{ ref('model_monitor', 'monitor_performance') }} as performance
    inner join {{ ref('model_monitor', 'int_monitor__retraining') }} as scores
        on performance.monitor = scores.monitor
        and performance.log = scores.log
        and performance.score = scores.score
    where performance.is_final
        and performance.slice_name = '(all)'
        and performance.role <> 'untreated'
        and performance.class in ('(binary)', '(all)', '(micro)', '(macro)')

),

ranked as (

    select
        performance.*,
        served.champion_version,
        row_number() over (
            partition by performance.monitor, performance.model_version
            order by
                performance.window_end desc,
                performance.labelled_count desc,
                performance.window_name asc,
                performance.role asc
        ) as choice
    from performance
    inner join {{ ref('model_monitor', 'int_monitor__candidates') }} as candidates
        on performance.monitor = candidates.monitor
        and performance.model_version = candidates.candidate_version
    inner join {{ ref('model_monitor', 'int_monitor__served_versions') }} as served
        on performance.monitor = served.monitor
    where performance.class <> '(macro)'

),

windows as (

    select
        {{ model_monitor.listed_columns('', place) }},
        model_version as candidate_version,
        champion_version,
        role,
        labelled_count
    from ranked
    where choice = 1

),

-- the metrics of a version, and its labels of each outcome: fewer than 30 are no evidence
performed as (

    select
        {{ model_monitor.listed_columns('performance', place) }},
        performance.role,
        performance.model_version,
        metric_names.metric,
        performance.labelled_count as sample_size,
        {{ model_monitor.has_both_answers('performance') }} as is_measurable,
        case metric_names.metric
            when 'labelled' then performance.labelled_count
            {%- for metric in metrics %}
            when '{{ metric }}' then performance.{{ metric }}
            {%- endfor %}
        end as value,
        {{ model_monitor.performance_error('metric_names.metric') }} as standard_error
    from performance
    inner join (
        values
        ('labelled')
        {%- for metric in metrics %},
        ('{{ metric }}')
        {%- endfor %}
    ) as metric_names (metric)
        -- multiclass scores use the same classes as the signals
        on performance.class in ('(binary)', '(all)')
        or (performance.class = '(micro)')
        = (metric_names.metric in ('accuracy', 'log_loss', 'labelled'))

),

calibrated as (

    select
        {{ model_monitor.listed_columns('', place) }},
        role,
        model_version,
        'ece_debiased' as metric,
        row_count as sample_size,
        true as is_measurable,
        ece_debiased as value,
        cast(null as {{ double }}) as standard_error
    from {{ ref('model_monitor', 'monitor_calibration') }}
    where is_final
        and class = '(binary)'

),

-- every outcome evaluates ranked lists: the worst one counts, in the window of the score
listed as (

    select
        {{ model_monitor.listed_columns('windows', place) }},
        ranking.role,
        ranking.model_version,
        'ndcg' as metric,
        windows.labelled_count as sample_size,
        true as is_measurable,
        min(ranking.ndcg) as value,
        cast(null as {{ double }}) as standard_error
    from windows
    inner join {{ ref('model_monitor', 'monitor_ranking') }} as ranking
        on {{ model_monitor.joined_on(
            'windows', 'ranking', ['monitor', 'window_name', 'window_end', 'slice_name']
        ) }}
        and ranking.is_final
    inner join {{ ref('model_monitor', 'int_monitor__ranked_scores') }} as lists
        on {{ model_monitor.joined_on('ranking', 'lists', ['monitor', 'log', 'score', 'k']) }}
        and lists.metric = 'ndcg'
        and lists.score <> '(served)'
    group by
        {{ model_monitor.listed_columns('windows', place) }},
        windows.labelled_count,
        ranking.role,
        ranking.model_version

),

-- dependence between rows of predictions reduces the effective number of labels
dispersions as (

    select
        drift.monitor,
        drift.window_name,
        drift.window_end,
        percentile_cont(0.5) within group (order by drift.dispersion) as dispersion
    from {{ ref('model_monitor', 'monitor_drift') }} as drift
    inner join (
        select distinct
            monitor,
            window_name,
            window_end
        from windows
    ) as asked
        on {{ model_monitor.joined_on(
            'drift', 'asked', ['monitor', 'window_name', 'window_end']
        ) }}
    where drift.log = 'predictions'
        and drift.role = 'live'
        and drift.model_version = '(all)'
        and drift.slice_name = '(all)'
    group by drift.monitor, drift.window_name, drift.window_end

),

measures as (

    select * from performed
    union all
    select * from calibrated
    union all
    select * from listed

),

final as (

    select
        windows.monitor,
        windows.candidate_version,
        windows.champion_version,
        windows.role,
        windows.window_name,
        windows.window_end,
        candidate.metric,
        candidate.sample_size,
        candidate.is_measurable,
        cast(candidate.value as {{ double }}) as value,
        champion.sample_size as champion_sample_size,
        cast(case when champion.is_measurable then champion.value end as {{ double }})
            as champion_value,
        cast(sqrt(
            coalesce(dispersions.dispersion, 1.0)
            * (
                candidate.standard_error * candidate.standard_error
                + champion.standard_error * champion.standard_error
            )
        ) as {{ double }}) as difference_error
    from windows
    inner join measures as candidate
        on {{ model_monitor.joined_on('windows', 'candidate', place) }}
        and windows.role = candidate.role
        and windows.candidate_version = candidate.model_version
    left join measures as champion
        on {{ model_monitor.joined_on('windows', 'champion', place) }}
        and champion.role = 'live'
        and windows.champion_version = champion.model_version
        and candidate.metric = champion.metric
    left join dispersions
        on {{ model_monitor.joined_on(
            'windows', 'dispersions', ['monitor', 'window_name', 'window_end']
        ) }}
    where candidate.value is not null

)

select * from final
