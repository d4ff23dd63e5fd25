{#- Turns frozen facts into bins. A pure function, so bins never move. -#}
{{ model_monitor.table_model() }}
{% set double = model_monitor.type_double() %}
{% set infinity = "cast('Infinity' as " ~ double ~ ")" %}

with rulers as (

    select
        rulers.*,
        subjects.subject_type,
        subjects.is_probability
    from {{ ref('model_monitor', 'int_monitor__ruler_subjects') }} as rulers
    inner join {{ ref('model_monitor', 'int_monitor__subjects') }} as subjects
        on rulers.monitor = subjects.monitor
        and rulers.log = subjects.log
        and rulers.subject = subjects.subject

),

facts as (

    select facts.*
    from {{ ref('model_monitor', 'int_monitor__reference_facts') }} as facts
    inner join rulers
        on facts.monitor = rulers.monitor
        and facts.log = rulers.log
        and facts.subject = rulers.subject
        and facts.ruler_version = rulers.ruler_version

),

numeric_rulers as (

    select * from rulers where subject_type = 'numeric'

),

ends as (

    select
        monitor,
        log,
        subject,
        min(value) as low_end,
        max(value) as high_end
    from facts
    where fact = 'quantile'
    group by monitor, log, subject

),

-- bins widen beyond the reference: the first step is a sixteenth of half the spread, then × 3
tails as (

    select
        numeric_rulers.monitor,
        numeric_rulers.log,
        numeric_rulers.subject,
        ends.high_end
            + greatest(ends.high_end - numeric_rulers.center, numeric_rulers.scale)
            * (power(3, steps.step) - 1) / 16.0 as high_edge,
        ends.low_end
            - greatest(numeric_rulers.center - ends.low_end, numeric_rulers.scale)
            * (power(3, steps.step) - 1) / 16.0 as low_edge
    from numeric_rulers
    inner join ends
        on numeric_rulers.monitor = ends.monitor
        and numeric_rulers.log = ends.log
        and numeric_rulers.subject = ends.subject
    cross join (values (1), (2), (3), (4), (5), (6), (7)) as steps (step)
    where not numeric_rulers.is_probability

),

points as (

    select
        monitor,
        log,
        subject,
        value,
        max(case when fact = 'point' then 1 else 0 end) as stands_alone
    from facts
    where fact in ('point', 'min_allowed', 'zero', 'threshold')
        and value is not null
    group by monitor, log, subject, value

),

edges as (

    select monitor, log, subject, value as upper_edge
    from facts
    where fact in ('quantile', 'max_allowed', 'stale_above', 'low_confidence')

    union

    select monitor, log, subject, value as upper_edge
    from points

    union

    select monitor, log, subject, {{ model_monitor.previous_double('value') }} as upper_edge
    from points

    union

    select monitor, log, subject, high_edge as upper_edge
    from tails

    union

    select monitor, log, subject, low_edge as upper_edge
    from tails

    union

    select
        numeric_rulers.monitor,
        numeric_rulers.log,
        numeric_rulers.subject,
        (tens.digit * 10 + ones.digit) / 100.0 as upper_edge
    from numeric_rulers
    cross join (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as tens (digit)
    cross join (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as ones (digit)
    where numeric_rulers.is_probability

    union

    select
        monitor,
        log,
        subject,
        case when is_probability then 1.0 else {{ infinity }} end as upper_edge
    from numeric_rulers

),

probability_rulers as (

    select monitor, log, subject
    from numeric_rulers
    where is_probability

),

intervals as (

    select
        edges.monitor,
        edges.log,
        edges.subject,
        edges.upper_edge,
        lag(edges.upper_edge) over (
            partition by edges.monitor, edges.log, edges.subject
            order by edges.upper_edge
        ) as lower_edge,
        row_number() over (
            partition by edges.monitor, edges.log, edges.subject
            order by edges.upper_edge
        ) - 1 as bin,
        probability_rulers.subject is not null as is_probability
    from edges
    inner join numeric_rulers
        on edges.monitor = numeric_rulers.monitor
        and edges.log = numeric_rulers.log
        and edges.subject = numeric_rulers.subject
    left join probability_rulers
        on edges.monitor = probability_rulers.monitor
        and edges.log = probability_rulers.log
        and edges.subject = probability_rulers.subject
    where probability_rulers.subject is null
        or (edges.upper_edge >= 0.0 and edges.upper_edge <= 1.0)

),

deciles as (

    select distinct
        monitor,
        log,
        subject,
        value
    from facts
    where fact = 'quantile'
        and name in ('0.1', '0.2', '0.3', '0.4', '0.5', '0.6', '0.7', '0.8', '0.9')

),

limits as (

    select
        monitor,
        log,
        subject,
        max(case when fact = 'min_allowed' then value end) as min_allowed,
        max(case when fact = 'max_allowed' then value end) as max_allowed,
        max(case when fact = 'stale_above' then value end) as stale_above,
        max(case when fact = 'low_confidence' then value end) as low_confidence,
        max(case when fact = 'allowed' then 1 else 0 end) as has_allowed
    from facts
    group by monitor, log, subject

),

placed as (

    select
        intervals.monitor,
        intervals.log,
        intervals.subject,
        intervals.bin,
        intervals.lower_edge,
        intervals.upper_edge,
        points.value is not null as is_point,
        coalesce(points.stands_alone, 0) as stands_alone,
        coalesce(points.value = 0.0, false) as is_zero,
        coalesce(intervals.upper_edge < limits.min_allowed, false)
            or coalesce(intervals.lower_edge >= limits.max_allowed, false) as is_out_of_range,
        coalesce(intervals.lower_edge >= limits.stale_above, false) as is_stale,
        coalesce(intervals.upper_edge <= limits.low_confidence, false) as is_unsure,
        intervals.is_probability and (
            intervals.upper_edge <= 1e-2 or coalesce(intervals.lower_edge >= 99e-2, false)
        ) as is_extreme,
        not intervals.is_probability and (
            coalesce(intervals.upper_edge <= ends.low_end, false)
            or coalesce(intervals.lower_edge >= ends.high_end, false)
        ) as is_tail,
        count(deciles.value) as decile
    from intervals
    left join points
        on intervals.monitor = points.monitor
        and intervals.log = points.log
        and intervals.subject = points.subject
        and intervals.upper_edge = points.value
    left join limits
        on intervals.monitor = limits.monitor
        and intervals.log = limits.log
        and intervals.subject = limits.subject
    left join ends
        on intervals.monitor = ends.monitor
        and intervals.log = ends.log
        and intervals.subject = ends.subject
    left join deciles
        on intervals.monitor = deciles.monitor
        and intervals.log = deciles.log
        and intervals.subject = deciles.subject
        and deciles.value < intervals.upper_edge
    group by
        intervals.monitor,
        intervals.log,
        intervals.subject,
        intervals.bin,
        intervals.lower_edge,
        intervals.upper_edge,
        intervals.is_probability,
        points.value,
        points.stands_alone,
        limits.min_allowed,
        limits.max_allowed,
        limits.stale_above,
        limits.low_confidence,
        ends.low_end,
        ends.high_end

),

grouped as (

    select
        *,
        dense_rank() over (
            partition by monitor, log, subject
            order by
                decile,
                stands_alone,
                case when stands_alone = 1 then upper_edge end
        ) - 1 as bin_group
    from placed

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

-- a cell is a run of fine bins that no rate and no group divides: slices store cells outside
-- the watch list
cells as (

    select
        *,
        sum(starts_cell) over (
            partition by monitor, log, subject order by bin
            rows between unbounded preceding and current row
        ) - 1 as cell
    from changes

),

fine_bins as (

    select
        monitor,
        log,
        subject,
        bin,
        1000 + cell as cell_bin,
        case when is_point then 'point' when is_tail then 'tail' else 'fine' end as bin_kind,
        bin_group,
        case when is_point then upper_edge else coalesce(lower_edge, -{{ infinity }}) end
            as lower_edge,
        upper_edge,
        cast(null as {{ model_monitor.type_text() }}) as category,
        is_zero,
        is_out_of_range,
        is_stale,
        is_unsure,
        is_extreme
    from cells

),

cell_bins as (

    select
        monitor,
        log,
        subject,
        cell_bin as bin,
        cell_bin,
        case when count(*) = 1 then min(bin_kind) else 'fine' end as bin_kind,
        bin_group,
        min(lower_edge) as lower_edge,
        max(upper_edge) as upper_edge,
        cast(null as {{ model_monitor.type_text() }}) as category,
        is_zero,
        is_out_of_range,
        is_stale,
        is_unsure,
        -- cells are not divided at the extremes, so one cell may lie on both sides
        case
            when min(case when is_extreme then 1 else 0 end) = 1 then true
            when max(case when is_extreme then 1 else 0 end) = 0 then false
        end as is_extreme
    from fine_bins
    group by
        monitor, log, subject, cell_bin, bin_group, is_zero, is_out_of_range, is_stale, is_unsure

),

categories as (

    select * from {{ ref('model_monitor', 'int_monitor__ruler_categories') }}

),

category_bins as (

    select
        monitor,
        log,
        subject,
        bin,
        bin as cell_bin,
        case when is_kept then 'category' else 'other' end as bin_kind,
        bin as bin_group,
        cast(null as {{ double }}) as lower_edge,
        cast(null as {{ double }}) as upper_edge,
        case when is_kept then {{ model_monitor.category_label('category') }} else '(other)' end
            as category,
        false as is_zero,
        is_out_of_range and is_kept as is_out_of_range,
        false as is_stale,
        false as is_unsure,
        false as is_extreme
    from categories
    group by
        monitor,
        log,
        subject,
        bin,
        is_kept,
        case when is_kept then {{ model_monitor.category_label('category') }} else '(other)' end,
        is_out_of_range and is_kept

),

boolean_bins as (

    select
        rulers.monitor,
        rulers.log,
        rulers.subject,
        sides.bin,
        sides.bin as cell_bin,
        'category' as bin_kind,
        sides.bin as bin_group,
        cast(null as {{ double }}) as lower_edge,
        cast(null as {{ double }}) as upper_edge,
        sides.category,
        sides.bin = 0 as is_zero,
        false as is_out_of_range,
        false as is_stale,
        false as is_unsure,
        false as is_extreme
    from rulers
    cross join (values (0, 'false'), (1, 'true')) as sides (bin, category)
    where rulers.subject_type = 'boolean'

),

special_bins as (

    select
        rulers.monitor,
        rulers.log,
        rulers.subject,
        specials.bin,
        specials.bin as cell_bin,
        specials.bin_kind,
        specials.bin as bin_group,
        cast(null as {{ double }}) as lower_edge,
        cast(null as {{ double }}) as upper_edge,
        '(' || specials.bin_kind || ')' as category,
        false as is_zero,
        specials.bin_kind = 'unseen' and limits.has_allowed = 1 as is_out_of_range,
        false as is_stale,
        false as is_unsure,
        false as is_extreme
    from rulers
    cross join (values (-1, 'missing'), (-2, 'invalid'), (-3, 'unseen')) as specials (bin, bin_kind)
    left join limits
        on rulers.monitor = limits.monitor
        and rulers.log = limits.log
        and rulers.subject = limits.subject
    where specials.bin_kind <> 'unseen'
        or rulers.subject_type = 'categorical'

),

bins as (

    select * from fine_bins
    union all
    select * from cell_bins
    union all
    select * from category_bins
    union all
    select * from boolean_bins
    union all
    select * from special_bins

),

final as (

    select
        bins.monitor,
        bins.log,
        bins.subject,
        {{ model_monitor.key_number(['bins.monitor', 'bins.log', 'bins.subject']) }} as subject_id,
        rulers.ruler_version,
        cast(bins.bin as integer) as bin,
        cast(bins.cell_bin as integer) as cell_bin,
        bins.bin_kind,
        cast(bins.bin_group as integer) as bin_group,
        count(*) over (
            partition by bins.monitor, bins.log, bins.subject, bins.bin_group, bins.bin >= 1000
        ) = 1 as is_alone,
        bins.lower_edge,
        bins.upper_edge,
        bins.category,
        bins.is_zero,
        coalesce(bins.is_out_of_range, false) as is_out_of_range,
        bins.is_stale,
        bins.is_unsure,
        bins.is_extreme,
        bins.bin >= 0 as is_valid
    from bins
    inner join rulers
        on bins.monitor = rulers.monitor
        and bins.log = rulers.log
        and bins.subject = rulers.subject

)

select * from final
