{#
    Whether each candidate of a population shift returns to where it was before the shift, as a
    query: its value is nearer to the level of the four weeks before than to its normal value. Only
    values that are compared with their own history, and that moved a week or more after the shift,
    have a row.
#}
{% macro returning_rows(candidates) -%}
-- the level of the four weeks before the shift
with levels as (

    select
        candidates.root,
        candidates.shift_root,
        percentile_cont(0.5) within group (order by signals.value) as value_before
    from {{ candidates }} as candidates
    inner join {{ ref('model_monitor', 'monitor_signals') }} as signals
        on {{ model_monitor.joined_on('candidates', 'signals', model_monitor.signal_keys()) }}
        and signals.window_end <= candidates.shift_begun_at - interval '1 day'
        and signals.window_end > candidates.shift_begun_at - interval '28 days'
    where candidates.baseline = 'history'
        and candidates.opened_at > candidates.shift_begun_at + interval '7 days'
    group by candidates.root, candidates.shift_root

)

select
    candidates.root,
    candidates.shift_root,
    abs(candidates.first_value - levels.value_before)
    < 0.5 * abs(candidates.first_value - candidates.first_baseline_value) as is_return
from {{ candidates }} as candidates
inner join levels
    on candidates.root = levels.root
    and candidates.shift_root = levels.shift_root
{%- endmacro %}
