{#
    The numbers that are published of a segment, for hidden_groups: rows, and for a mean the valid
    rows, on both sides. `bins` are those of int_monitor__segment_bins and `complete` the segments
    with min_cell.
#}
{% macro segment_cell_rows() -%}
{%- set value = ['comparison_id', 'slice_name', 'slice_value'] -%}
{%- set sides = ['now_rows', 'then_rows', 'now_valid', 'then_valid'] -%}
with sides as (

    select
        {{ model_monitor.listed_columns('bins', value) }},
        complete.min_cell,
        sum(case when bins.bin_group = -9 then bins.row_count else 0 end) as now_rows,
        sum(case when bins.bin_group = -9 then bins.baseline_row_count else 0 end) as then_rows,
        sum(case when bins.bin_group >= 0 then bins.row_count else 0 end) as now_valid,
        sum(case when bins.bin_group >= 0 then bins.baseline_row_count else 0 end) as then_valid
    from bins
    inner join complete
        on {{ model_monitor.joined_on('bins', 'complete', value) }}
    group by {{ model_monitor.listed_columns('bins', value) }}, complete.min_cell

),

counted as (

    select
        {{ model_monitor.listed_columns('sides', value) }},
        sides.min_cell,
        parts.part,
        case parts.part
            {%- for side in sides %}
            when '{{ side }}' then sides.{{ side }}
            {%- endfor %}
        end as row_count
    from sides
    cross join (
        values {% for side in sides %}
            ('{{ side }}'){{ ',' if not loop.last }}
        {%- endfor %}
    ) as parts (part)

)

select
    *,
    'segments' as level,
    case when {{ model_monitor.are_few('row_count') }} then 1 else 0 end as is_small
from counted
where row_count > 0
{%- endmacro %}
