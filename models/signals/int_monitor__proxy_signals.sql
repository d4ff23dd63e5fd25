{#- How well a proxy still follows the outcome that it stands for, once final. -#}
{{ model_monitor.view_model() }}

with windows as (

    select * from {{ ref('model_monitor', 'int_monitor__evaluated_windows') }}
    where {{ model_monitor.is_outcome_log('log') }}

),

scoped as (

    select * from {{ ref('model_monitor', 'int_monitor__scoped_signals') }}
    where family = 'proxies'

),

proxies as (

    select proxies.*
    from {{ ref('model_monitor', 'monitor_proxies') }} as proxies
    inner join windows
        on {{ model_monitor.joined_on(
            'proxies', 'windows', ['monitor', 'log', 'window_name', 'window_end']
        ) }}
    -- the current proxy of the outcome: an old window may have a different one
    inner join {{ ref('model_monitor', 'int_monitor__outcomes') }} as outcomes
        on {{ model_monitor.joined_on('proxies', 'outcomes', ['monitor', 'outcome']) }}
        and proxies.proxy = outcomes.proxy
    where proxies.role in ('live', 'untreated')
        and proxies.is_final

),

measured as (

    select
        *,
        'outcome_given_proxy' as metric,
        outcome_given_proxy as value,
        given_count as sample_size,
        outcome_given_proxy_error as standard_error
    from proxies

    union all

    select
        *,
        'correlation' as metric,
        correlation as value,
        matched_count as sample_size,
        (1 - correlation * correlation) / sqrt(matched_count) as standard_error
    from proxies

),

final as (

    {{ model_monitor.signal_rows('outcome', 'sample_size') }}

)

select * from final
