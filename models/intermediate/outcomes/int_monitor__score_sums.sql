{{ config(materialized='table') }}
{#- Each score of the touched windows, summed over its bins: everything that does not depend on their
    order. Sums come in units of the score. -#}
{%- set key = ['monitor', 'log', 'role', 'model_version', 'window_name', 'window_start', 'window_end',
    'slice_name', 'slice_value', 'outcome', 'score', 'class'] %}

with totals as (

    select
        {{ model_monitor.listed_columns('windows', key) }},
        windows.cell_id,
        min(case when windows.is_final then 1 else 0 end) = 1 as is_final,
        sum(windows.matured_count) as matured_count,
        sum(windows.labelled_count) as labelled_count,
        sum(windows.true_positives) as tp,
        sum(windows.false_positives) as fp,
        sum(windows.false_negatives) as fn,
        sum(windows.true_negatives) as tn,
        sum(windows.ape_count) as ape_count,
        sum(windows.sum_y) as sum_y,
        sum(windows.sum_p) as sum_p,
        sum(windows.sum_yy) as sum_yy,
        sum(windows.sum_pp) as sum_pp,
        sum(windows.sum_py) as sum_py,
        sum(windows.sum_abs) as sum_abs,
        sum(windows.sum_ape) as sum_ape,
        sum(windows.sum_loss) as sum_loss
    from {{ ref('model_monitor', 'int_monitor__outcome_windows') }} as windows
    where windows.score <> '(label)'
    group by {{ model_monitor.listed_columns('windows', key) }}, windows.cell_id

),

final as (

    select
        {{ model_monitor.listed_columns('totals', key) }},
        totals.cell_id,
        scores.score_kind,
        totals.is_final,
        cast(totals.matured_count as bigint) as matured_count,
        cast(totals.labelled_count as bigint) as labelled_count,
        cast(totals.tp as bigint) as tp,
        cast(totals.fp as bigint) as fp,
        cast(totals.fn as bigint) as fn,
        cast(totals.tn as bigint) as tn,
        totals.tp + totals.fp + totals.fn + totals.tn > 0 as has_decision,
        nullif(totals.labelled_count, 0) as n,
        coalesce(rulers.center, 0) as center,
        coalesce(rulers.scale, 1) as scale,
        {{ model_monitor.from_fixed_point('totals.sum_y') }} as sum_y,
        {{ model_monitor.from_fixed_point('totals.sum_p') }} as sum_p,
        {{ model_monitor.from_fixed_point('totals.sum_abs') }} as sum_abs,
        {{ model_monitor.from_fixed_point('totals.sum_ape') }} as sum_ape,
        totals.ape_count,
        {{ model_monitor.from_fixed_point('totals.sum_loss') }} as sum_loss,
        {{ model_monitor.from_fixed_point(
            model_monitor.squared_error('totals.sum_yy', 'totals.sum_pp', 'totals.sum_py'), 2
        ) }} as squared_error,
        {{ model_monitor.squares_about_mean(
            'totals.sum_yy', 'totals.sum_y', 'nullif(totals.labelled_count, 0)'
        ) }} as squares_about_mean,
        -- Σp(1 − p): how far chance alone moves the number of outcomes
        {{ model_monitor.from_fixed_point('totals.sum_p') }}
        - {{ model_monitor.from_fixed_point('totals.sum_pp', 2) }} as chance_variance
    from totals
    left join {{ ref('model_monitor', 'int_monitor__outcome_scores') }} as scores
        on totals.monitor = scores.monitor
        and totals.log = scores.log
        and totals.score = scores.score
        and totals.class = scores.class
    left join {{ ref('model_monitor', 'int_monitor__ruler_subjects') }} as rulers
        on totals.monitor = rulers.monitor
        and rulers.log = 'predictions'
        and totals.class = '(all)'
        and scores.subject = rulers.subject

)

select * from final
