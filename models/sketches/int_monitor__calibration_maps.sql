{#- Append-only, like rulers: the rate of the outcome in each bin of a score, in the training data.
    Estimates apply it to scores. -#}
{{ model_monitor.history_model(strategy='append') }}

with pending as (

    select
        scores.monitor,
        scores.log,
        scores.score,
        scores.class,
        rulers.ruler_version
    from {{ ref('model_monitor', 'int_monitor__outcome_scores') }} as scores
    inner join {{ ref('model_monitor', 'int_monitor__ruler_subjects') }} as rulers
        on scores.monitor = rulers.monitor
        and rulers.log = 'predictions'
        and scores.subject = rulers.subject
    where scores.score_kind in ('binary', 'multiclass')
        and {{ model_monitor.is_chosen('scores.monitor') }}
    {%- if model_monitor.has_history() %}
        and (scores.monitor, scores.log, scores.score, scores.class, rulers.ruler_version) not in (
            select
                monitor,
                log,
                score,
                -- maps from before classes had maps
                coalesce(class, '(binary)') as class,
                ruler_version
            from {{ this }}
        )
    {%- endif %}

),

training as (

    {% for monitor in model_monitor.monitors() %}
    {% for given in model_monitor.training_outcomes(monitor) %}
    select * from {{ model_monitor.training_calibration(monitor, given) }}
    union all
    {% endfor %}
    {% endfor %}
    select
        cast(null as {{ model_monitor.type_text() }}) as monitor,
        cast(null as {{ model_monitor.type_text() }}) as log,
        cast(null as {{ model_monitor.type_text() }}) as score,
        cast(null as {{ model_monitor.type_text() }}) as class,
        cast(null as integer) as bin,
        cast(null as bigint) as row_count,
        cast(null as bigint) as event_count
    from (select 1 as nothing) as no_training
    where 1 = 0

),

final as (

    select
        training.monitor,
        training.log,
        training.score,
        training.class,
        pending.ruler_version,
        training.bin,
        cast(training.row_count as bigint) as row_count,
        cast(training.event_count as bigint) as event_count
    from training
    inner join pending
        on training.monitor = pending.monitor
        and training.log = pending.log
        and training.score = pending.score
        and training.class = pending.class

)

select * from final
