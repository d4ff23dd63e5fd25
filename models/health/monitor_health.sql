{{ model_monitor.table_model() }}
{#- As of each monitor's own last run and window, not of the clock. A run of one monitor leaves the
    rows of the others unchanged. -#}
{%- set text = model_monitor.type_text() %}
{%- set double = model_monitor.type_double() %}
{%- set version = ['monitor', 'model_version'] %}
{%- set window = version + ['window_name', 'window_end'] %}

with evaluations as (

    select
        said.monitor,
        max(said.as_of) as as_of,
        max(case
            when said.evaluation = 'evaluated' then 0
            when said.evaluation = 'not_evaluated'
                and not {{ model_monitor.is_outcome_log('said.log') }} then 2
            else 1
        end) as harm,
        {{ model_monitor.joined_texts(
            "said.log || ': ' || said.problems", "said.evaluation <> 'evaluated'"
        ) }} as problems
    from {{ ref('model_monitor', 'int_monitor__evaluations') }} as said
    -- evaluations of a log that is no longer configured are history
    inner join (
        {{ model_monitor.configured_log_rows() | indent(8) }}
    ) as logs
        on said.monitor = logs.monitor
        and said.log = logs.log
    group by said.monitor

),

volumes as (

    select
        {{ model_monitor.listed_columns('', window) }},
        window_start,
        row_count
    from {{ ref('model_monitor', 'monitor_metrics') }}
    where log = 'predictions'
        and metric = 'volume'
        and role = 'live'
        and slice_name = '(all)'

),

-- the shortest window of whole days, or hours if there is no other
chosen as (

    select
        *,
        row_number() over (
            partition by monitor
            order by
                case window_name when 'day' then 1 when '7d' then 2 when '30d' then 3 else 4 end,
                window_end desc
        ) as choice
    from volumes
    where model_version = '(all)'

),

latest as (

    select
        {{ model_monitor.listed_columns('volumes', window + ['row_count']) }},
        {{ model_monitor.safe_divide('volumes.row_count', 'chosen.row_count') }} as traffic_share
    from chosen
    inner join volumes
        on chosen.monitor = volumes.monitor
        and chosen.window_name = volumes.window_name
        and chosen.window_end = volumes.window_end
    where chosen.choice = 1
        and (volumes.row_count > 0 or volumes.model_version = '(all)')

),

first_seen as (

    select
        monitor,
        model_version,
        min(window_start) as first_seen_at
    from volumes
    where row_count > 0
    group by monitor, model_version

),

versions as (

    select
        monitor,
        model_version,
        max(deployed_at) as deployed_at,
        max(trained_to) as trained_to
    from {{ ref('model_monitor', 'stg_monitor__versions') }}
    group by monitor, model_version

),

drifted as (

    select
        {{ model_monitor.listed_columns('', window) }},
        max(drifted_share) as drifted_share,
        min(history_windows) as history_windows
    from {{ ref('model_monitor', 'monitor_dataset') }}
    where log = 'predictions'
        and role = 'live'
        and slice_name = '(all)'
    group by {{ window | join(', ') }}

),

worst_alerts as (

    {{ model_monitor.worst_alert_rows() | indent(4) }}

),

joined as (

    select
        monitors.monitor,
        coalesce(latest.model_version, '(all)') as model_version,
        {{ model_monitor.listed_columns('evaluations', ['as_of', 'harm', 'problems']) }},
        {{ model_monitor.listed_columns('latest', window[2:] + ['row_count', 'traffic_share']) }},
        case when latest.model_version <> '(all)'
            then coalesce(versions.deployed_at, first_seen.first_seen_at)
        end as live_since,
        versions.trained_to,
        worst_alerts.open_alert_count,
        worst_alerts.severity,
        worst_alerts.recommended_action,
        drifted.drifted_share,
        drifted.history_windows,
        outcomes.calibration_ratio,
        outcomes.performance,
        outcomes.baseline_performance,
        monitors.monitor in (
            select scores.monitor
            from {{ ref('model_monitor', 'int_monitor__outcome_scores') }} as scores
        ) as has_outcomes
    from {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
    left join evaluations
        on monitors.monitor = evaluations.monitor
    left join latest
        on monitors.monitor = latest.monitor
    left join first_seen
        on {{ model_monitor.joined_on('latest', 'first_seen', version) }}
    left join versions
        on {{ model_monitor.joined_on('latest', 'versions', version) }}
    left join drifted
        on {{ model_monitor.joined_on('latest', 'drifted', window) }}
    left join {{ ref('model_monitor', 'int_monitor__outcome_health') }} as outcomes
        on monitors.monitor = outcomes.monitor
        and coalesce(latest.model_version, '(all)') = outcomes.model_version
    left join worst_alerts
        on monitors.monitor = worst_alerts.monitor
        and coalesce(latest.model_version, '(all)') = worst_alerts.model_version

),

final as (

    select
        monitor,
        model_version,
        as_of,
        cast(case
            when harm = 2 then 'not_evaluated'
            when harm = 1 then 'partly_evaluated'
            when window_end is null then 'not_evaluated_yet'
            else 'evaluated'
        end as {{ text }}) as evaluation,
        problems,
        window_name,
        window_end,
        cast(row_count as bigint) as row_count,
        cast(traffic_share as {{ double }}) as traffic_share,
        live_since,
        cast({{ dbt.datediff('live_since', 'window_end', 'day') }} as integer) as age_days,
        cast({{ dbt.datediff('trained_to', 'window_end', 'day') }} as integer) as trained_age_days,
        cast(coalesce(open_alert_count, 0) as bigint) as open_alert_count,
        severity as worst_open_severity,
        cast(drifted_share as {{ double }}) as drifted_share,
        cast(history_windows as integer) as history_windows,
        cast(calibration_ratio as {{ double }}) as calibration_ratio,
        cast(performance as {{ double }}) as performance,
        cast(baseline_performance as {{ double }}) as baseline_performance,
        cast(case
            when not has_outcomes then 'not_measured'
            when performance is null then 'maturing'
            else 'measured'
        end as {{ text }}) as outcome_status,
        cast(case
            when harm = 2 then 'fix the log that cannot be read'
            when severity = 'critical' then recommended_action
            when harm = 1 then 'fix the log that cannot be read'
            when severity is not null then recommended_action
            when window_end is null then 'wait for the first complete window'
            else 'none'
        end as {{ text }}) as recommendation
    from joined

)

select * from final
