{#- What decisions were worth, once that is final. -#}
{%- set cell = ['monitor', 'log', 'role', 'model_version', 'window_name', 'window_end',
    'slice_name', 'slice_value', 'score'] %}

with windows as (

    select * from {{ ref('model_monitor', 'int_monitor__judged_windows') }}
    where {{ model_monitor.is_outcome_log('log') }}

),

scoped as (

    select * from {{ ref('model_monitor', 'int_monitor__scoped_signals') }}
    where family = 'worth'

),

-- of few labels of either answer nobody knows what chance does
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

    {% for metric in model_monitor.judged_metrics()['worth'] -%}
    select
        {{ model_monitor.listed_columns('', cell + ['window_start', 'decided_count']) }},
        '{{ metric }}' as metric,
        {{ metric }} as value,
        {{ metric }}_error as standard_error
    from worths
    {%- if not loop.last %}

    union all

    {% endif %}
    {%- endfor %}

),

final as (

    {{ model_monitor.measured_signals('score', 'decided_count') }}
        and measured.standard_error is not null

)

select * from final
