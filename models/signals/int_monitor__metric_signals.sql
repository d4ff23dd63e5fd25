{#- Configured ratios, and the lateness of each log. -#}
{{ model_monitor.view_model() }}
{%- set own = ['monitor', 'log', 'model_version', 'window_name', 'window_end', 'slice_name',
    'slice_value', 'metric'] %}

with windows as (

    select * from {{ ref('model_monitor', 'int_monitor__evaluated_windows') }}

),

scoped as (

    select * from {{ ref('model_monitor', 'int_monitor__scoped_signals') }}

),

dispersions as (

    select * from {{ ref('model_monitor', 'int_monitor__row_dispersions') }}

),

ratios as (

    select
        metrics.monitor,
        metrics.log,
        metrics.role,
        metrics.model_version,
        scoped.family,
        scoped.subject,
        scoped.metric,
        scoped.baseline,
        metrics.window_name,
        metrics.window_start,
        metrics.window_end,
        metrics.slice_name,
        metrics.slice_value,
        scoped.layer,
        scoped.subject_kind,
        scoped.min_effect,
        -- half of the 95% interval times 3.09 / 1.96 is exceeded by chance once in a thousand cases
        {{ model_monitor.signal_columns({
            'value': 'metrics.value',
            'sample_size': 'metrics.row_count',
            'noise_floor': '1.5765 * (metrics.ci_upper - metrics.value)
        * sqrt(coalesce(dispersions.dispersion, 1.0))',
            'dispersion': 'dispersions.dispersion',
            'untreated_value': 'untreated.value',
        }) }}
    from {{ ref('model_monitor', 'monitor_metrics') }} as metrics
    inner join windows
        on metrics.monitor = windows.monitor
        and metrics.log = windows.log
        and metrics.window_name = windows.window_name
        and metrics.window_end = windows.window_end
    inner join scoped
        on metrics.monitor = scoped.monitor
        and metrics.log = scoped.log
        and metrics.metric = scoped.subject
        and metrics.window_name = scoped.window_name
        and scoped.subject_kind = 'metric'
        and scoped.family = 'metrics'
    left join dispersions
        on metrics.monitor = dispersions.monitor
        and metrics.log = dispersions.log
        and metrics.window_name = dispersions.window_name
        and metrics.window_end = dispersions.window_end
        and metrics.slice_name = dispersions.slice_name
        and metrics.slice_value = dispersions.slice_value
    left join {{ ref('model_monitor', 'monitor_metrics') }} as untreated
        on {{ model_monitor.joined_on('metrics', 'untreated', own) }}
        and untreated.role = 'untreated'
    where metrics.role = 'live'
        and metrics.value is not null

),

lags as (

    select
        monitor,
        log,
        loaded_through,
        {{ dbt.datediff('loaded_through', model_monitor.as_of_timestamp(), 'minute') }} / 60e0
            as hours_behind,
        {{ dbt.datediff('loaded_through', model_monitor.as_of_timestamp(), 'minute') }} / 60e0
            as gap_hours,
        usual_gap_hours,
        usual_gap_days
    from {{ ref('model_monitor', 'int_monitor__watermarks') }}

    union all

    -- a label is late if the label window of its row closed without it
    select
        clocks.monitor,
        clocks.log,
        clocks.loaded_through,
        greatest(
            {{ dbt.datediff('clocks.loaded_through', model_monitor.as_of_timestamp(), 'minute') }}
            / 60e0 - outcomes.matures_seconds / 3600e0,
            0.0
        ) as hours_behind,
        {{ dbt.datediff('clocks.loaded_through', model_monitor.as_of_timestamp(), 'minute') }}
        / 60e0 as gap_hours,
        clocks.usual_gap_hours,
        clocks.usual_gap_days
    from {{ ref('model_monitor', 'int_monitor__outcome_watermarks') }} as clocks
    inner join {{ ref('model_monitor', 'int_monitor__outcomes') }} as outcomes
        on clocks.monitor = outcomes.monitor
        and clocks.log = outcomes.log

),

-- a log that has been silent for four weeks has ended; it is not late
freshness as (

    select
        lags.monitor,
        lags.log,
        'live' as role,
        '(all)' as model_version,
        scoped.family,
        scoped.subject,
        scoped.metric,
        scoped.baseline,
        scoped.window_name,
        lags.loaded_through as window_start,
        {{ model_monitor.as_of_timestamp() }} as window_end,
        '(all)' as slice_name,
        '(all)' as slice_value,
        scoped.layer,
        scoped.subject_kind,
        scoped.min_effect,
        {{ model_monitor.signal_columns({
            'value': "case when scoped.baseline = 'cadence'"
                ~ ' then lags.gap_hours else lags.hours_behind end',
            'baseline_value': "case when scoped.baseline = 'cadence' then lags.usual_gap_hours end",
            'noise_floor': '0',
        }) }}
    from lags
    inner join scoped
        on lags.monitor = scoped.monitor
        and lags.log = scoped.log
        and scoped.metric = 'hours_behind'
    where lags.hours_behind <= 28 * 24
        -- too few runs at this time of day: nobody knows the cadence
        and (scoped.baseline <> 'cadence' or lags.usual_gap_hours is not null)

),

evaluations as (

    select
        monitor,
        log,
        case evaluation when 'evaluated' then 0 when 'partly_evaluated' then 1 else 2 end as harm
    from {{ ref('model_monitor', 'int_monitor__evaluations') }}

),

-- logs derived from the predictions: a failure of the predictions is reported once, there
made_of_predictions as (

    select
        logs.monitor,
        logs.log
    from {{ ref('model_monitor', 'int_monitor__logs') }} as logs
    inner join {{ ref('model_monitor', 'int_monitor__logs') }} as parents
        on logs.monitor = parents.monitor
        and logs.relation = parents.relation
        and logs.log <> parents.log
    where parents.log = 'predictions'

    union all

    select
        monitor,
        log
    from {{ ref('model_monitor', 'int_monitor__outcomes') }}

),

evaluability as (

    select
        evaluations.monitor,
        evaluations.log,
        'live' as role,
        '(all)' as model_version,
        scoped.family,
        scoped.subject,
        scoped.metric,
        scoped.baseline,
        scoped.window_name,
        {{ model_monitor.as_of_timestamp() }} as window_start,
        {{ model_monitor.as_of_timestamp() }} as window_end,
        '(all)' as slice_name,
        '(all)' as slice_value,
        scoped.layer,
        scoped.subject_kind,
        scoped.min_effect,
        {{ model_monitor.signal_columns({
            'value': 'greatest(evaluations.harm - coalesce(parents.harm, 0), 0)',
            'noise_floor': '0',
        }) }}
    from evaluations
    inner join scoped
        on evaluations.monitor = scoped.monitor
        and evaluations.log = scoped.log
        and scoped.metric = 'not_evaluated'
    -- only the monitors of this run
    inner join {{ ref('model_monitor', 'int_monitor__evaluated_windows') }} as windows
        on evaluations.monitor = windows.monitor
        and evaluations.log = windows.log
        and windows.window_name = 'run'
    left join made_of_predictions
        on evaluations.monitor = made_of_predictions.monitor
        and evaluations.log = made_of_predictions.log
    left join evaluations as parents
        on made_of_predictions.monitor = parents.monitor
        and parents.log = 'predictions'

),

final as (

    select * from ratios
    union all
    select * from freshness
    union all
    select * from evaluability

)

select * from final
