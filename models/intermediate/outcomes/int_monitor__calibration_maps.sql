{#- Append-only, as rulers are: how often the outcome came about in each bin of a score, in the
    reference. Estimates read scores by it; late labels of the reference do not change them. -#}
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='append_new_columns',
    full_refresh=false
) }}

with pending as (

    select
        scores.monitor,
        scores.log,
        scores.score,
        rulers.ruler_version
    from {{ ref('model_monitor', 'int_monitor__outcome_scores') }} as scores
    inner join {{ ref('model_monitor', 'int_monitor__ruler_subjects') }} as rulers
        on scores.monitor = rulers.monitor
        and rulers.log = 'predictions'
        and scores.subject = rulers.subject
    where scores.score_kind = 'binary'
        and {{ model_monitor.is_chosen('scores.monitor') }}
    {%- if is_incremental() %}
        and (scores.monitor, scores.log, scores.score, rulers.ruler_version) not in (
            select
                monitor,
                log,
                score,
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
        cast(null as integer) as bin,
        cast(null as bigint) as row_count,
        cast(null as bigint) as event_count
    from (select 1 as nothing) as no_training
    where 1 = 0

),

-- where the reference is a part of the log: once all of it is final
period as (

    select
        bins.monitor,
        bins.log,
        bins.score,
        bins.bin,
        sum(bins.labelled_count) as row_count,
        sum(bins.sum_y) / 1000000 as event_count
    from {{ ref('model_monitor', 'int_monitor__outcome_bins') }} as bins
    inner join {{ ref('model_monitor', 'int_monitor__reference_windows') }} as reference_windows
        on bins.monitor = reference_windows.monitor
        and reference_windows.log = 'predictions'
        and bins.period_start >= reference_windows.reference_from
        and bins.period_start < reference_windows.reference_to
    inner join {{ ref('model_monitor', 'int_monitor__outcome_clocks') }} as clocks
        on bins.monitor = clocks.monitor
        and bins.log = clocks.log
        and reference_windows.reference_to <= clocks.final_through
    inner join {{ ref('model_monitor', 'int_monitor__logs') }} as logs
        on bins.monitor = logs.monitor
        and logs.log = 'predictions'
    where reference_windows.reference_kind <> 'training'
        and bins.class = '(binary)'
        and bins.slice_name = '(all)'
        and bins.role = 'live'
        and bins.model_version <> '(all)'
        -- treatment is no reference
        and bins.arm in ('', coalesce(logs.control_arm, ''))
        and bins.bin >= 0
        and bins.labelled_count > 0
    group by bins.monitor, bins.log, bins.score, bins.bin

),

counts as (

    select * from training
    union all
    select * from period

),

final as (

    select
        counts.monitor,
        counts.log,
        counts.score,
        pending.ruler_version,
        counts.bin,
        cast(counts.row_count as bigint) as row_count,
        cast(counts.event_count as bigint) as event_count
    from counts
    inner join pending
        on counts.monitor = pending.monitor
        and counts.log = pending.log
        and counts.score = pending.score

)

select * from final
