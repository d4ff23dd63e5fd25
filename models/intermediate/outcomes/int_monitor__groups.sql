{{ config(materialized='table') }}
{#- The groups of the protected slices that may be told of: decisions and outcomes of each in the
    touched windows. Where one is too small to be told, another goes with it, or the whole less the
    others would tell. Versions of a group are told all or none. -#}
{%- set place = ['monitor', 'log', 'window_name', 'window_end', 'role', 'score', 'slice_name'] %}

with protected as (

    select * from {{ ref('model_monitor', 'int_monitor__protected_slices') }}

),

-- chosen, or the largest that has a name when the vocabulary was frozen
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
        -- what nothing was decided of was not selected, and not passed over either
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

),

version_counts as (

    select
        {{ model_monitor.listed_columns('', place) }},
        count(distinct case when model_version <> '(all)' then model_version end) as version_count
    from cells
    group by {{ place | join(', ') }}

),

-- one row per group of a window: its rows in all, and in the smallest of its versions
sizes as (

    select
        {{ model_monitor.listed_columns('cells', place) }},
        cells.slice_value,
        max(cells.decided) as all_rows,
        case
            when count(case when cells.model_version <> '(all)' then 1 end)
                = max(version_counts.version_count)
                then min(case when cells.model_version <> '(all)' then cells.decided end)
            else 0
        end as least_rows,
        max(cells.min_cell) as min_cell
    from cells
    inner join version_counts
        on {{ model_monitor.joined_on('cells', 'version_counts', place) }}
    group by {{ model_monitor.listed_columns('cells', place) }}, cells.slice_value

),

ordered as (

    select
        *,
        row_number() over (
            partition by {{ place | join(', ') }}
            order by all_rows, {{ model_monitor.text_order('slice_value') }}
        ) as all_rank,
        row_number() over (
            partition by {{ place | join(', ') }}
            order by least_rows, {{ model_monitor.text_order('slice_value') }}
        ) as least_rank,
        sum(case when all_rows < min_cell then 1 else 0 end) over story as small_groups,
        sum(case when least_rows < min_cell then 1 else 0 end) over story as small_versions,
        -- what a version lacks hides nothing there
        sum(case when least_rows > 0 and least_rows < min_cell then 1 else 0 end) over story
            as hiding_versions
    from sizes
    window story as (partition by {{ place | join(', ') }})

),

-- the smallest are hidden: as many as are too small, and never one alone
told as (

    select
        *,
        all_rank > case when small_groups = 1 then 2 else small_groups end as is_told,
        least_rank > case
            when small_versions > 0 then small_versions + greatest(0, 2 - hiding_versions)
            else 0
        end
        and all_rank > case when small_groups = 1 then 2 else small_groups end
            as are_versions_told
    from ordered

),

final as (

    select cells.*
    from cells
    inner join told
        on {{ model_monitor.joined_on('cells', 'told', place + ['slice_value']) }}
    where case when cells.model_version = '(all)' then told.is_told else told.are_versions_told end

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
from final
