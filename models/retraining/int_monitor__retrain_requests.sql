{#- Whether drift or performance calls for retraining, according to the incidents that recommend it.
    Only the rules decide which change is large, real and lasting enough. -#}
{{ model_monitor.view_model() }}
{%- set learned = model_monitor.learning_windows() %}

with actionable as (

    select
        monitor,
        kind,
        min(opened_at) as fired_at,
        {{ model_monitor.joined_texts('message', '1 = 1') }} as reason
    from {{ ref('model_monitor', 'int_monitor__actionable_incidents') }}
    where action = 'retrain'
    group by monitor, kind

),

health as (

    select * from {{ ref('model_monitor', 'monitor_health') }} where model_version = '(all)'

),

-- the history length of the latest window that had enough rows
evaluated as (

    select
        dataset.monitor,
        dataset.history_windows,
        rank() over (partition by dataset.monitor order by dataset.window_end desc) as recency
    from {{ ref('model_monitor', 'monitor_dataset') }} as dataset
    inner join health
        on dataset.monitor = health.monitor
        and dataset.window_name = health.window_name
        and dataset.window_end <= health.window_end
        and dataset.window_end > health.window_end - interval '28 days'
    where dataset.log = 'predictions'
        and dataset.role = 'live'
        and dataset.slice_name = '(all)'

),

histories as (

    select
        monitor,
        max(history_windows) as history_windows
    from evaluated
    where recency = 1
    group by monitor

),

kinds as (

    select
        retraining.monitor,
        'drift' as kind,
        retraining.on_drift as is_configured,
        coalesce(histories.history_windows, 0) >= {{ learned }} as is_known,
        'drift is not evaluated yet: '
        || coalesce(
            'baseline warming up, '
            || {{ model_monitor.shown_number('histories.history_windows') }}
            || ' of {{ learned }} windows',
            'no window in the last four weeks had enough rows'
        ) as unknown_reason
    from {{ ref('model_monitor', 'int_monitor__retraining') }} as retraining
    left join histories
        on retraining.monitor = histories.monitor

    union all

    select
        retraining.monitor,
        'performance' as kind,
        retraining.on_performance as is_configured,
        health.baseline_performance is not null as is_known,
        'performance is not evaluated yet: fewer than two final windows' as unknown_reason
    from {{ ref('model_monitor', 'int_monitor__retraining') }} as retraining
    left join health
        on retraining.monitor = health.monitor

),

final as (

    select
        kinds.monitor,
        kinds.kind,
        kinds.is_configured,
        kinds.is_known or actionable.fired_at is not null as is_known,
        actionable.fired_at,
        case
            when actionable.fired_at is not null then actionable.reason
            when kinds.is_known then 'no open incident requests retraining'
            else kinds.unknown_reason
        end as reason
    from kinds
    left join actionable
        on kinds.monitor = actionable.monitor
        and kinds.kind = actionable.kind

)

select * from final
