{#
    The fine bins of numbers, each with its group and its cell. The edges of groups are the deciles
    of the reference, and a point that stands alone is a group. A cell is a run of fine bins that no
    rate and no group divides: slices store cells outside the watch list.
#}
{% macro fine_bin_rows(bins) -%}
with grouped as (

    select
        *,
        dense_rank() over (
            partition by monitor, log, subject
            order by
                decile,
                stands_alone,
                case when stands_alone = 1 then upper_edge end
        ) - 1 as bin_group
    from {{ bins }}

),

changes as (

    select
        *,
        case
            when lag(bin_group) over bins = bin_group
                and lag(is_zero) over bins = is_zero
                and lag(is_out_of_range) over bins = is_out_of_range
                and lag(is_stale) over bins = is_stale
                and lag(is_unsure) over bins = is_unsure
                then 0
            else 1
        end as starts_cell
    from grouped
    window bins as (partition by monitor, log, subject order by bin)

),

cells as (

    select
        *,
        sum(starts_cell) over (
            partition by monitor, log, subject order by bin
            rows between unbounded preceding and current row
        ) - 1 as cell
    from changes

)

select
    monitor,
    log,
    subject,
    bin,
    1000 + cell as cell_bin,
    case when is_point then 'point' when is_tail then 'tail' else 'fine' end as bin_kind,
    bin_group,
    case
        when is_point then upper_edge
        else coalesce(lower_edge, -cast('Infinity' as {{ model_monitor.type_double() }}))
    end as lower_edge,
    upper_edge,
    cast(null as {{ model_monitor.type_text() }}) as category,
    is_zero,
    is_out_of_range,
    is_stale,
    is_unsure,
    is_extreme
from cells
{%- endmacro %}
