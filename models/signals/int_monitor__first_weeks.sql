{{ model_monitor.table_model() }}
{#- The initial performance of each version: the mean of its first four final, non-overlapping
    weeks, overall and untreated. A moving baseline follows slow decay and never detects it. -#}
{%- set metrics = model_monitor.performance_metrics() %}
{%- set double = model_monitor.type_double() %}

with weeks as (

    select
        performance.*,
        row_number() over (
            partition by monitor, log, model_version, window_end, score, class
            order by case role when 'untreated' then 1 else 2 end
        ) as preference,
        min(window_end) over (partition by monitor, log, model_version, score, class) as first_end
    from {{ ref('model_monitor', 'monitor_performance') }} as performance
    where window_name = '7d'
        and slice_name = '(all)'
        and role in ('live', 'untreated')
        and class in ('(binary)', '(all)', '(micro)', '(macro)')
        and is_final
        -- a few labels from the first hours of a rollout are not a week
        and labelled_count >= 30
        and {{ model_monitor.has_both_answers('performance') }}

),

treated_windows as (

    {{ model_monitor.treated_windows(['weeks']) }}

),

first_four as (

    select weeks.*
    from weeks
    left join treated_windows
        on {{ model_monitor.joined_on(
            'weeks', 'treated_windows', ['monitor', 'log', 'window_start', 'window_end']
        ) }}
    where weeks.preference = 1
        and weeks.window_end in (
            weeks.first_end,
            weeks.first_end + interval '7 days',
            weeks.first_end + interval '14 days',
            weeks.first_end + interval '21 days'
        )
        and (weeks.role = 'untreated' or treated_windows.monitor is null)

),

measured as (

    select
        performance.*,
        metric_names.metric,
        case metric_names.metric
            {%- for metric in metrics %}
            when '{{ metric }}' then performance.{{ metric }}
            {%- endfor %}
        end as value,
        {{ model_monitor.performance_error('metric_names.metric') }} as standard_error
    from first_four as performance
    inner join (
        values
        {%- for metric in metrics %}
        ('{{ metric }}'){{ ',' if not loop.last }}
        {%- endfor %}
    ) as metric_names (metric)
        -- multiclass scores use the same classes as the signals
        on performance.class in ('(binary)', '(all)')
        or (performance.class = '(micro)') = (metric_names.metric in ('accuracy', 'log_loss'))

),

-- an error may be in euros or microseconds, so errors add up as shares of the largest
sized as (

    select
        *,
        max(abs(value)) over (partition by monitor, log, model_version, score, metric)
            as value_size,
        max(standard_error) over (partition by monitor, log, model_version, score, metric)
            as error_size
    from measured
    where value is not null

),

final as (

    select
        monitor,
        log,
        model_version,
        score as subject,
        metric,
        max(window_end) as window_end,
        cast(max(value_size) * {{ model_monitor.exact_mean(
            'coalesce(value / nullif(value_size, 0), 0)', 15
        ) }} as {{ double }}) as value,
        cast(
            max(error_size) * sqrt({{ model_monitor.exact_sum(
                'power(greatest(coalesce(standard_error / nullif(error_size, 0), 0), 1e-20), 2)', 15
            ) }})
            / nullif(count(standard_error), 0)
            as {{ double }}
        ) as standard_error
    from sized
    group by monitor, log, model_version, score, metric
    having count(*) = 4

)

select * from final
