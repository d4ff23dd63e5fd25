{#- What a proxy still says of the outcome that it stands for, once that is final. -#}
{%- set own = ['monitor', 'log', 'model_version', 'window_name', 'window_end', 'slice_name',
    'slice_value', 'outcome', 'proxy', 'metric'] %}

with windows as (

    select * from {{ ref('model_monitor', 'int_monitor__judged_windows') }}
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
        {{ model_monitor.signal_columns({
            'value': 'measured.value',
            'sample_size': 'measured.sample_size',
            'noise_floor': "case when measured.slice_name = '(all)' then 3.09 else 4.26 end"
                ~ ' * measured.standard_error',
            'untreated_value': 'untreated.value',
        }) }}
    from measured
    inner join scoped
        on {{ model_monitor.joined_on(
            'measured', 'scoped', ['monitor', 'log', 'metric', 'window_name']
        ) }}
        and measured.outcome = scoped.subject
    left join measured as untreated
        on {{ model_monitor.joined_on('measured', 'untreated', own) }}
        and untreated.role = 'untreated'
    where measured.role = 'live'
        and measured.value is not null

)

select * from final
