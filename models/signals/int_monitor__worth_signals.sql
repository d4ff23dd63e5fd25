{#- The business value of decisions, once final. -#}
{{ model_monitor.view_model() }}
{%- set cell = ['monitor', 'log', 'role', 'model_version', 'window_name', 'window_end',
    'slice_name', 'slice_value', 'score'] %}

with windows as (

    select * from {{ ref('model_monitor', 'int_monitor__evaluated_windows') }}
    where {{ model_monitor.is_outcome_log('log') }}

),

scoped as (

    select * from {{ ref('model_monitor', 'int_monitor__scoped_signals') }}
    where family = 'worth'

),

-- with few labels of either outcome the noise by chance is unknown
worths as (

    select worths.*
    from {{ ref('model_monitor', 'monitor_value') }} as worths
    inner join windows
        on {{ model_monitor.joined_on(
            'worths', 'windows', ['monitor', 'log', 'window_name', 'window_end']
        ) }}
    inner join {{ ref('model_monitor', 'monitor_performance') }} as performance
        on {{ model_monitor.joined_on('worths', 'performance', cell) }}
        and performance.class = '(binary)'
        and {{ model_monitor.has_both_answers('performance') }}
    where worths.role in ('live', 'untreated')
        and worths.is_final

),

measured as (

    select
        {{ model_monitor.listed_columns('', cell + ['window_start', 'decided_count']) }},
        'value_per_decision' as metric,
        value_per_decision as value,
        value_per_decision_error as standard_error
    from worths

    union all

    select
        {{ model_monitor.listed_columns('', cell + ['window_start', 'decided_count']) }},
        'roi' as metric,
        roi as value,
        roi_error as standard_error
    from worths

    union all

    select
        {{ model_monitor.listed_columns('', cell + ['window_start', 'decided_count']) }},
        'gain_share' as metric,
        gain_share as value,
        gain_share_error as standard_error
    from worths

),

final as (

    {{ model_monitor.signal_rows('score', 'decided_count') }}

)

select * from final
