{{ model_monitor.history_model(strategy='append') }}
{#- Written last. A run that died has no row here, and the next run repeats its work. -#}
-- depends_on: {{ ref('model_monitor', 'int_monitor__reference_bins') }}
-- depends_on: {{ ref('model_monitor', 'monitor_profiles') }}
-- depends_on: {{ ref('model_monitor', 'monitor_dataset') }}
-- depends_on: {{ ref('model_monitor', 'monitor_metrics') }}
-- depends_on: {{ ref('model_monitor', 'monitor_versions_served') }}
-- depends_on: {{ ref('model_monitor', 'monitor_labels') }}
-- depends_on: {{ ref('model_monitor', 'monitor_confusion') }}
-- depends_on: {{ ref('model_monitor', 'monitor_calibration') }}
-- depends_on: {{ ref('model_monitor', 'monitor_ranking') }}
-- depends_on: {{ ref('model_monitor', 'monitor_concentration') }}
-- depends_on: {{ ref('model_monitor', 'monitor_fairness') }}
-- depends_on: {{ ref('model_monitor', 'monitor_estimates') }}
-- depends_on: {{ ref('model_monitor', 'monitor_segments') }}
-- depends_on: {{ ref('model_monitor', 'monitor_drift_bins') }}
-- depends_on: {{ ref('model_monitor', 'monitor_detections') }}
-- depends_on: {{ ref('model_monitor', 'monitor_concept') }}
-- depends_on: {{ ref('model_monitor', 'monitor_value') }}
-- depends_on: {{ ref('model_monitor', 'monitor_labelling_queue') }}
-- depends_on: {{ ref('model_monitor', 'monitor_alerts') }}
-- depends_on: {{ ref('model_monitor', 'monitor_rule_runs') }}
-- depends_on: {{ ref('model_monitor', 'monitor_health') }}

with watermarks as (

    select
        monitor,
        log,
        loaded_through,
        tied_row_count,
        complete_through,
        new_row_count,
        cast(null as bigint) as unmatched_label_count
    from {{ ref('model_monitor', 'int_monitor__watermarks') }}

    union all

    -- an outcome is complete up to where label windows closed and the labels were loaded
    select
        monitor,
        log,
        loaded_through,
        tied_row_count,
        final_through as complete_through,
        new_row_count,
        unknown_row_count as unmatched_label_count
    from {{ ref('model_monitor', 'int_monitor__outcome_watermarks') }}

),

-- an undeclared outcome has no log: its labels stand next to the predictions
undeclared as (

    select
        arrivals.monitor,
        'predictions' as log,
        nullif(sum(arrivals.new_row_count), 0) as label_count,
        {{ model_monitor.joined_texts(
            "substr(arrivals.log, 13) || ': ' || "
                ~ model_monitor.as_text('arrivals.new_row_count'),
            'arrivals.new_row_count > 0'
        ) }} as outcomes
    from {{ ref('model_monitor', 'int_monitor__outcome_arrivals') }} as arrivals
    left join {{ ref('model_monitor', 'int_monitor__outcomes') }} as outcomes
        on arrivals.monitor = outcomes.monitor
        and arrivals.log = outcomes.log
    where outcomes.outcome is null
    group by arrivals.monitor

),

evaluations as (

    select * from {{ ref('model_monitor', 'int_monitor__evaluations') }}

),

final as (

    select
        cast(
            {% if model_monitor.has_history() %}
            (select coalesce(max(run_number), 0) from {{ this }}) + 1
            {% else %}
            1
            {% endif %}
            as bigint
        ) as run_number,
        cast('{{ invocation_id }}' as {{ model_monitor.type_text() }}) as run_id,
        watermarks.monitor,
        watermarks.log,
        {{ model_monitor.as_of_timestamp() }} as as_of,
        {{ model_monitor.run_started() }} as started_at,
        watermarks.loaded_through,
        watermarks.tied_row_count,
        watermarks.complete_through,
        watermarks.new_row_count,
        {{ model_monitor.run_clock() }} as finished_at,
        evaluations.evaluation,
        evaluations.problems,
        watermarks.unmatched_label_count,
        cast(undeclared.label_count as bigint) as undeclared_label_count,
        undeclared.outcomes as undeclared_outcomes,
        cast({{ model_monitor.stored_shape() }} as integer) as stored_shape
    from watermarks
    inner join evaluations
        on watermarks.monitor = evaluations.monitor
        and watermarks.log = evaluations.log
    left join undeclared
        on watermarks.monitor = undeclared.monitor
        and watermarks.log = undeclared.log

)

select * from final
