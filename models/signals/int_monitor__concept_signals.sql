{#- How far the relationship between the outcome and the values of scores and features changed
    within a week, once it is final. A day must also differ from two weeks before, and the week
    before a changed week must be unchanged. Otherwise the recovery from an incident would look like
    a second one. -#}
{{ model_monitor.view_model() }}
{%- set series = ['monitor', 'log', 'role', 'model_version', 'window_name', 'subject', 'outcome'] %}

with windows as (

    select * from {{ ref('model_monitor', 'int_monitor__evaluated_windows') }}
    where {{ model_monitor.is_outcome_log('log') }}

),

scoped as (

    select * from {{ ref('model_monitor', 'int_monitor__scoped_signals') }}
    where family = 'concept'

),

concept as (

    select * from {{ ref('model_monitor', 'monitor_concept') }}
    where is_final
        and rate_change is not null

),

measured as (

    select concept.*
    from concept
    inner join windows
        on {{ model_monitor.joined_on(
            'concept', 'windows', ['monitor', 'log', 'window_name', 'window_end']
        ) }}

),

final as (

    select
        {{ model_monitor.asked_columns() }},
        {{ model_monitor.signal_columns({
            'value': 'least(measured.rate_change, '
                ~ 'coalesce(measured.earlier_rate_change, measured.rate_change))',
            'sample_size': 'measured.row_count',
            'baseline_sample_size': 'measured.baseline_row_count',
            'noise_floor': 'measured.rate_change_noise',
            'p_value': 'measured.p_value',
            'q_value': 'measured.q_value',
            'dispersion': 'measured.dispersion',
        }) }}
    from measured
    inner join scoped
        on {{ model_monitor.joined_on(
            'measured', 'scoped', ['monitor', 'log', 'subject', 'baseline', 'window_name']
        ) }}
    left join concept as before
        on measured.window_name = '7d'
        and {{ model_monitor.joined_on('measured', 'before', series) }}
        and measured.window_end - interval '7 days' = before.window_end
        and before.rate_change - before.rate_change_noise >= scoped.min_effect
        and before.q_value <= 0.01
    where before.monitor is null

)

select * from final
