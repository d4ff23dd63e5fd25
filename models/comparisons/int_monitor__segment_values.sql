{#- The weight and the value of each segment, now and in the baseline: a mean, the rate of
    missing rows, and its part of the distance between the two distributions. Values are in
    units of the ruler's scale. -#}
{{ model_monitor.table_model() }}
{%- set double = model_monitor.type_double() %}
{%- set value = ['comparison_id', 'slice_name', 'slice_value'] %}
{%- set segment = ['comparison_id', 'slice_name', 'segment', 'subject_type'] %}

with wholes as (

    select * from {{ ref('model_monitor', 'int_monitor__comparisons_to_segment') }}

),

bins as (

    select * from {{ ref('model_monitor', 'int_monitor__segment_bins') }}

),

sizes as (

    select
        comparison_id,
        slice_name,
        slice_value,
        row_count,
        baseline_row_count,
        sum(row_count) over (partition by comparison_id, slice_name) as all_rows,
        sum(baseline_row_count) over (partition by comparison_id, slice_name) as all_baseline_rows
    from bins
    where bin_group = -9

),

-- a column that was not counted on all of the days does not add up to all rows
complete as (

    select
        {{ model_monitor.listed_columns('sizes', value) }},
        wholes.subject_type,
        monitors.min_cell,
        wholes.row_count as all_rows,
        wholes.baseline_row_count as all_baseline_rows
    from sizes
    inner join wholes
        on sizes.comparison_id = wholes.comparison_id
        and sizes.all_rows = wholes.row_count
        and sizes.all_baseline_rows = wholes.baseline_row_count
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on wholes.monitor = monitors.monitor
    -- another model decides daily which groups of people are disclosable
    where (wholes.monitor, sizes.slice_name) not in (
            {{ model_monitor.protected_slices() }}
        )

),

cells as (

    {{ model_monitor.segment_cell_rows() | indent(4) }}

),

-- Segments that are too small on one side are pooled. The pool takes enough others that nobody can
-- compute a small segment from the rest.
pooled as (

    {{ model_monitor.hidden_groups('cells', ['comparison_id', 'slice_name']) | indent(4) }}

),

segments as (

    select
        complete.*,
        case when pooled.slice_value is null then complete.slice_value else '(other)' end as segment
    from complete
    left join pooled
        on {{ model_monitor.joined_on('complete', 'pooled', value) }}

),

counts as (

    select
        bins.comparison_id,
        bins.slice_name,
        segments.segment,
        bins.bin_group,
        segments.subject_type,
        min(segments.all_rows) as all_rows,
        min(segments.all_baseline_rows) as all_baseline_rows,
        sum(bins.row_count) as row_count,
        sum(bins.baseline_row_count) as baseline_row_count,
        sum(bins.sum_1) as sum_1,
        sum(bins.baseline_sum_1) as baseline_sum_1
    from bins
    inner join segments
        on {{ model_monitor.joined_on('bins', 'segments', value) }}
    group by
        bins.comparison_id,
        bins.slice_name,
        segments.segment,
        bins.bin_group,
        segments.subject_type

),

-- whether a group's share of all rows is larger or smaller than in the baseline
signed as (

    select
        *,
        sign(
            {{ model_monitor.safe_divide(
                'sum(row_count) over (partition by comparison_id, slice_name, bin_group)',
                'all_rows'
            ) }}
            - {{ model_monitor.safe_divide(
                'sum(baseline_row_count) over (partition by comparison_id, slice_name, bin_group)',
                'all_baseline_rows'
            ) }}
        ) as direction
    from counts

),

summed as (

    select
        {{ model_monitor.listed_columns('', segment) }}
        {%- for name, bins in {
            'row_count': 'bin_group = -9', 'valid_count': 'bin_group >= 0',
            'missing_count': 'bin_group = -1',
        }.items() %}
        {%- for side in ['', 'baseline_'] %},
        cast(sum(case when {{ bins }} then {{ side }}row_count else 0 end) as bigint)
            as {{ side }}{{ name }}
        {%- endfor %}
        {%- endfor %}
        {%- for side in ['', 'baseline_'] %},
        sum(case when bin_group <> -9 then direction * {{ side }}row_count else 0 end) / 2.0
            as {{ side }}moved,
        sum(case when bin_group = -9 then {{ side }}sum_1 end) as {{ side }}sum_1
        {%- endfor %}
    from signed
    group by {{ model_monitor.listed_columns('', segment) }}

),

-- centred on the overall baseline, so the baseline's distance is zero
placed as (

    select
        *,
        {{ model_monitor.safe_divide(
            'sum(baseline_moved) over (partition by comparison_id, slice_name)',
            'sum(baseline_row_count) over (partition by comparison_id, slice_name)'
        ) }} as middle,
        sum(missing_count + baseline_missing_count) over (
            partition by comparison_id, slice_name
        ) as all_missing
    from summed

),

measured as (

    select
        comparison_id,
        'total_variation' as metric,
        slice_name,
        segment,
        row_count,
        baseline_row_count,
        {{ model_monitor.safe_divide('moved', 'row_count') }} - middle as value,
        {{ model_monitor.safe_divide('baseline_moved', 'baseline_row_count') }} - middle
            as baseline_value
    from placed

    union all

    select
        comparison_id,
        'missing_rate' as metric,
        slice_name,
        segment,
        row_count,
        baseline_row_count,
        {{ model_monitor.safe_divide('missing_count', 'row_count') }} as value,
        {{ model_monitor.safe_divide('baseline_missing_count', 'baseline_row_count') }}
            as baseline_value
    from placed
    where all_missing > 0

    union all

    select
        comparison_id,
        'mean' as metric,
        slice_name,
        segment,
        valid_count as row_count,
        baseline_valid_count as baseline_row_count,
        {{ model_monitor.safe_divide('sum_1', 'valid_count') }} / 1e6 as value,
        {{ model_monitor.safe_divide('baseline_sum_1', 'baseline_valid_count') }} / 1e6
            as baseline_value
    from placed
    where subject_type = 'numeric'

),

final as (

    select
        wholes.window_id,
        wholes.role,
        wholes.model_version,
        wholes.subject,
        measured.metric,
        wholes.baseline,
        measured.slice_name as dimension,
        measured.segment,
        measured.row_count,
        measured.baseline_row_count,
        cast(measured.value as {{ double }}) as value,
        cast(measured.baseline_value as {{ double }}) as baseline_value,
        case when measured.metric = 'mean' then rulers.center else 0.0 end as center,
        case when measured.metric = 'mean' then rulers.scale else 1.0 end as scale
    from measured
    inner join wholes
        on measured.comparison_id = wholes.comparison_id
    inner join {{ ref('model_monitor', 'int_monitor__ruler_subjects') }} as rulers
        on wholes.monitor = rulers.monitor
        and wholes.log = rulers.log
        and wholes.subject = rulers.subject
    where (measured.row_count > 0 or measured.baseline_row_count > 0)
        and (wholes.is_moved or measured.metric = 'mean')

)

select * from final
