{#- The estimated performance before labels exist and, once they do, the error of the estimate.
    Where past estimates were wrong, the estimate is no signal. -#}
{{ model_monitor.view_model() }}
{%- set series = ['monitor', 'log', 'model_version', 'window_name', 'slice_name', 'slice_value',
    'score'] %}
{%- set double = model_monitor.type_double() %}

with windows as (

    select * from {{ ref('model_monitor', 'int_monitor__evaluated_windows') }}
    where {{ model_monitor.is_outcome_log('log') }}

),

scoped as (

    select * from {{ ref('model_monitor', 'int_monitor__scoped_signals') }}
    where family = 'estimates'

),

estimates as (

    select * from {{ ref('model_monitor', 'monitor_estimates') }}
    where role in ('live', 'untreated')
        and coalesce(class, '(binary)') = '(binary)'

),

-- untreated rows, if any exist
histories as (

    select *
    from (
        select
            *,
            row_number() over (
                partition by {{ series | join(', ') }}, window_end
                order by case role when 'untreated' then 1 else 2 end
            ) as preference
        from estimates
    ) as preferred
    where preference = 1

),

evaluated as (

    select estimates.*
    from estimates
    inner join windows
        on {{ model_monitor.joined_on(
            'estimates', 'windows', ['monitor', 'log', 'window_name', 'window_end']
        ) }}

),

-- Only knowledge from before the end of the window counts: errors of the last four weeks whose
-- label window had closed by then.
past_errors as (

    select
        {{ model_monitor.listed_columns('evaluated', series) }},
        evaluated.window_end,
        percentile_cont(0.5) within group (order by abs(past.error_roc_auc)) as usual_error
    from evaluated
    inner join {{ ref('model_monitor', 'int_monitor__outcomes') }} as outcomes
        on evaluated.monitor = outcomes.monitor
        and evaluated.log = outcomes.log
    inner join histories as past
        on {{ model_monitor.joined_on('evaluated', 'past', series) }}
        and past.window_end + outcomes.matures_seconds * interval '1 second' <= evaluated.window_end
        and past.window_end >= evaluated.window_end
            - outcomes.matures_seconds * interval '1 second' - interval '28 days'
    where past.error_roc_auc is not null
        and evaluated.role = 'live'
    group by {{ model_monitor.listed_columns('evaluated', series) }}, evaluated.window_end

),

measured as (

    {%- for metric in model_monitor.estimated_measures() %}
    select
        evaluated.*,
        '{{ metric }}' as metric,
        evaluated.estimated_{{ metric }} as value,
        cast(0 as {{ double }}) as standard_error
    from evaluated
    left join past_errors
        on {{ model_monitor.joined_on('evaluated', 'past_errors', series + ['window_end']) }}
    where coalesce(past_errors.usual_error, 0) <= 0.05

    union all
    {% endfor %}
    select
        *,
        'roc_auc_error' as metric,
        abs(error_roc_auc) as value,
        {{ model_monitor.auc_standard_error(
            'realised_roc_auc',
            'realised_prevalence * labelled_count',
            '(1 - realised_prevalence) * labelled_count'
        ) }} as standard_error
    from evaluated
    where is_final

),

final as (

    {{ model_monitor.signal_rows('score', 'prediction_count', times_dispersion=true) }}

)

select * from final
