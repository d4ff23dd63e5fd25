{#- How far the groups of protected slices differ from their reference group, once final. -#}
{{ model_monitor.view_model() }}
{%- set cell = ['window_name', 'window_end', 'slice_name', 'slice_value'] %}

with windows as (

    select * from {{ ref('model_monitor', 'int_monitor__evaluated_windows') }}
    where {{ model_monitor.is_outcome_log('log') }}

),

scoped as (

    select * from {{ ref('model_monitor', 'int_monitor__scoped_signals') }}
    where family = 'fairness'

),

dispersions as (

    select * from {{ ref('model_monitor', 'int_monitor__row_dispersions') }}
    where log = 'predictions'

),

groups as (

    select fairness.*
    from {{ ref('model_monitor', 'monitor_fairness') }} as fairness
    inner join windows
        on {{ model_monitor.joined_on(
            'fairness', 'windows', ['monitor', 'log', 'window_name', 'window_end']
        ) }}
    where fairness.role = 'live'
        and fairness.is_final

),

-- each metric with the half width of its 95% interval
measured as (

    select
        *,
        'selection_disadvantage' as metric,
        1 - disparate_impact as value,
        -- a ratio with a zero on one side has no interval; the difference has one
        coalesce(
            ci_upper - disparate_impact,
            (selection_rate_difference_upper - selection_rate_difference)
            / nullif(selection_rate - selection_rate_difference, 0)
        ) as reach
    from groups

    union all

    select
        *,
        'opportunity_gap' as metric,
        -1 * true_positive_rate_difference as value,
        true_positive_rate_difference_upper - true_positive_rate_difference as reach
    from groups

    -- two-sided metrics: the interval reaches to where there is no difference
    union all

    select
        *,
        'false_positive_gap' as metric,
        false_positive_rate_difference as value,
        {{ model_monitor.towards_zero('false_positive_rate_difference') }} as reach
    from groups

    union all

    select
        *,
        'predictive_gap' as metric,
        -1 * predictive_value_difference as value,
        {{ model_monitor.towards_zero('predictive_value_difference') }} as reach
    from groups

),

final as (

    select
        {{ model_monitor.asked_columns() }},
        -- 1.96 deviations make the interval; chance exceeds 4.26 in one slice of 100,000
        {{ model_monitor.signal_columns({
            'value': 'measured.value',
            'sample_size': 'measured.labelled_count',
            'noise_floor': '4.26e0 / 1.96 * measured.reach'
                ~ ' * sqrt(coalesce(dispersions.dispersion, 1.0))',
            'dispersion': 'dispersions.dispersion',
        }) }}
    from measured
    inner join scoped
        on {{ model_monitor.joined_on(
            'measured', 'scoped', ['monitor', 'log', 'metric', 'window_name']
        ) }}
        and measured.score = scoped.subject
    left join dispersions
        on measured.monitor = dispersions.monitor
        and {{ model_monitor.joined_on('measured', 'dispersions', cell) }}
    where measured.reach is not null

)

select * from final
