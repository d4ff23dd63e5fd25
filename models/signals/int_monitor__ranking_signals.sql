{#- The quality of ranked lists, once final. -#}
{{ model_monitor.view_model() }}

with windows as (

    select * from {{ ref('model_monitor', 'int_monitor__evaluated_windows') }}
    where {{ model_monitor.is_outcome_log('log') }}

),

scoped as (

    select * from {{ ref('model_monitor', 'int_monitor__scoped_signals') }}
    where family = 'ranking'

),

valued as (

    select
        ranking.*,
        lists.metric,
        case lists.measure
            {%- for metric in model_monitor.metrics_by_family()['ranking'] %}
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

-- a mean of numbers between 0 and 1 varies at most as much as a share of as many requests
measured as (

    select
        *,
        {{ model_monitor.share_error('value', 'request_count') }} as standard_error
    from valued

),

final as (

    {{ model_monitor.signal_rows('score', 'request_count') }}

)

select * from final
