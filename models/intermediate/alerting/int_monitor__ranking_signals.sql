{#- How good lists are, once it is final. -#}
{%- set own = ['monitor', 'log', 'model_version', 'window_name', 'window_end', 'slice_name',
    'slice_value', 'score', 'metric'] %}

with windows as (

    select * from {{ ref('model_monitor', 'int_monitor__judged_windows') }}
    where {{ model_monitor.is_outcome_log('log') }}

),

scoped as (

    select * from {{ ref('model_monitor', 'int_monitor__scoped_signals') }}
    where family = 'ranking'

),

measured as (

    select
        ranking.*,
        lists.metric,
        case lists.measure
            {%- for metric in model_monitor.judged_metrics()['ranking'] %}
            when '{{ metric }}' then ranking.{{ metric }}
            {%- endfor %}
        end as value
    from {{ ref('model_monitor', 'monitor_ranking') }} as ranking
    inner join windows
        on {{ model_monitor.joined_on(
            'ranking', 'windows', ['monitor', 'log', 'window_name', 'window_end']
        ) }}
    inner join {{ ref('model_monitor', 'int_monitor__ranked_scores') }} as lists
        on {{ model_monitor.joined_on('ranking', 'lists', ['monitor', 'log', 'score', 'k']) }}
    where ranking.role in ('live', 'untreated')
        and ranking.is_final

),

final as (

    select
        measured.monitor,
        measured.log,
        measured.role,
        measured.model_version,
        scoped.family,
        scoped.subject,
        scoped.metric,
        scoped.baseline,
        measured.window_name,
        measured.window_start,
        measured.window_end,
        measured.slice_name,
        measured.slice_value,
        scoped.layer,
        scoped.subject_kind,
        scoped.least_effect,
        -- a mean of numbers between 0 and 1 strays no further than a share of as many requests
        {{ model_monitor.signal_columns({
            'value': 'measured.value',
            'sample_size': 'measured.request_count',
            'noise_floor': "case when measured.slice_name = '(all)' then 3.09 else 4.26 end * "
                ~ model_monitor.share_error('measured.value', 'measured.request_count'),
            'untreated_value': 'untreated.value',
        }) }}
    from measured
    inner join scoped
        on {{ model_monitor.joined_on(
            'measured', 'scoped', ['monitor', 'log', 'metric', 'window_name']
        ) }}
        and measured.score = scoped.subject
    left join measured as untreated
        on {{ model_monitor.joined_on('measured', 'untreated', own) }}
        and untreated.role = 'untreated'
    where measured.role = 'live'
        and measured.value is not null

)

select * from final
