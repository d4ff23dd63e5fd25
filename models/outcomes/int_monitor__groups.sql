{{ model_monitor.table_model() }}
{#- The disclosable groups of the protected slices: decisions and outcomes of each in the touched
    windows that are final. -#}

with protected as (

    select * from {{ ref('model_monitor', 'int_monitor__protected_slices') }}

),

-- the configured reference group, or the largest named one when the vocabulary was frozen
largest as (

    select
        vocabulary.monitor,
        vocabulary.slice_name,
        {{ model_monitor.min_by('vocabulary.slice_value', 'vocabulary.value_rank') }}
            as largest_group
    from {{ ref('model_monitor', 'int_monitor__vocabulary') }} as vocabulary
    where vocabulary.log = 'predictions'
        and vocabulary.slice_value not in ('(other)', '(missing)')
    group by vocabulary.monitor, vocabulary.slice_name

),

cells as (

    select
        sums.*,
        monitors.min_cell,
        coalesce(protected.chosen_group, largest.largest_group) as reference_group,
        sums.true_positives + sums.false_positives as selected,
        sums.true_positives + sums.false_negatives as positives,
        sums.true_negatives + sums.false_positives as negatives,
        -- a row without a decision was neither selected nor rejected
        sums.true_positives + sums.false_positives + sums.true_negatives + sums.false_negatives
            as decided
    from {{ ref('model_monitor', 'int_monitor__score_sums') }} as sums
    inner join protected
        on sums.monitor = protected.monitor
        and sums.slice_name = protected.slice_name
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on sums.monitor = monitors.monitor
    left join largest
        on sums.monitor = largest.monitor
        and sums.slice_name = largest.slice_name
    where sums.class = '(binary)'
        and sums.has_decision
        and {{ model_monitor.is_disclosable('sums') }}

)

select
    monitor,
    log,
    role,
    model_version,
    window_name,
    window_start,
    window_end,
    slice_name,
    slice_value,
    outcome,
    score,
    reference_group,
    is_final,
    cast(decided as bigint) as labelled_count,
    cast(selected as bigint) as selected,
    cast(positives as bigint) as positives,
    cast(negatives as bigint) as negatives,
    cast(true_positives as bigint) as true_positives,
    cast(false_positives as bigint) as false_positives,
    min_cell
from cells
