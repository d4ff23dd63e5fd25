{#- Turns frozen facts into bins. A pure function, so bins never move. -#}
{{ model_monitor.table_model() }}
{%- set subject = ['monitor', 'log', 'subject'] %}
{%- set interval = subject + ['bin', 'lower_edge', 'upper_edge', 'is_probability'] %}
{%- set rates = ['is_zero', 'is_out_of_range', 'is_stale', 'is_unsure'] %}

with rulers as (

    select
        rulers.*,
        subjects.subject_type,
        subjects.is_probability
    from {{ ref('model_monitor', 'int_monitor__ruler_subjects') }} as rulers
    inner join {{ ref('model_monitor', 'int_monitor__subjects') }} as subjects
        on {{ model_monitor.joined_on('rulers', 'subjects', subject) }}

),

facts as (

    select facts.*
    from {{ ref('model_monitor', 'int_monitor__reference_facts') }} as facts
    inner join rulers
        on {{ model_monitor.joined_on('facts', 'rulers', subject + ['ruler_version']) }}

),

ends as (

    select
        {{ model_monitor.listed_columns('', subject) }},
        min(value) as low_end,
        max(value) as high_end
    from facts
    where fact = 'quantile'
    group by monitor, log, subject

),

points as (

    select
        {{ model_monitor.listed_columns('', subject) }},
        value,
        max(case when fact = 'point' then 1 else 0 end) as stands_alone
    from facts
    where fact in ('point', 'min_allowed', 'zero', 'threshold')
        and value is not null
    group by monitor, log, subject, value

),

edges as (

    {{ model_monitor.bin_edge_rows() | indent(4) }}

),

intervals as (

    select
        {{ model_monitor.listed_columns('edges', subject) }},
        edges.upper_edge,
        lag(edges.upper_edge) over in_order as lower_edge,
        row_number() over in_order - 1 as bin,
        rulers.is_probability
    from edges
    inner join rulers
        on {{ model_monitor.joined_on('edges', 'rulers', subject) }}
    where rulers.subject_type = 'numeric'
        and (not rulers.is_probability or edges.upper_edge between 0.0 and 1.0)
    window in_order as (
        partition by edges.monitor, edges.log, edges.subject order by edges.upper_edge
    )

),

deciles as (

    select distinct
        {{ model_monitor.listed_columns('', subject) }},
        value
    from facts
    where fact = 'quantile'
        and name in ('0.1', '0.2', '0.3', '0.4', '0.5', '0.6', '0.7', '0.8', '0.9')

),

limits as (

    select
        {{ model_monitor.listed_columns('', subject) }},
        {%- for name in ['min_allowed', 'max_allowed', 'stale_above', 'low_confidence'] %}
        max(case when fact = '{{ name }}' then value end) as {{ name }},
        {%- endfor %}
        max(case when fact = 'allowed' then 1 else 0 end) as has_allowed
    from facts
    group by monitor, log, subject

),

placed as (

    select
        {{ model_monitor.listed_columns('intervals', interval) }},
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
        on {{ model_monitor.joined_on('intervals', 'points', subject) }}
        and intervals.upper_edge = points.value
    left join limits
        on {{ model_monitor.joined_on('intervals', 'limits', subject) }}
    left join ends
        on {{ model_monitor.joined_on('intervals', 'ends', subject) }}
    left join deciles
        on {{ model_monitor.joined_on('intervals', 'deciles', subject) }}
        and deciles.value < intervals.upper_edge
    group by
        {{ model_monitor.listed_columns('intervals', interval) }},
        points.value, points.stands_alone, ends.low_end, ends.high_end,
        limits.min_allowed, limits.max_allowed, limits.stale_above, limits.low_confidence

),

fine_bins as (

    {{ model_monitor.fine_bin_rows('placed') | indent(4) }}

),

cell_bins as (

    select
        {{ model_monitor.listed_columns('', subject) }},
        cell_bin as bin,
        cell_bin,
        case when count(*) = 1 then min(bin_kind) else 'fine' end as bin_kind,
        bin_group,
        min(lower_edge) as lower_edge,
        max(upper_edge) as upper_edge,
        cast(null as {{ model_monitor.type_text() }}) as category,
        {{ model_monitor.listed_columns('', rates) }},
        -- cells are not divided at the extremes, so one cell may lie on both sides
        case
            when min(case when is_extreme then 1 else 0 end) = 1 then true
            when max(case when is_extreme then 1 else 0 end) = 0 then false
        end as is_extreme
    from fine_bins
    group by {{ model_monitor.listed_columns('', subject + ['cell_bin', 'bin_group'] + rates) }}

),

category_bins as (

    select distinct
        {{ model_monitor.listed_columns('', subject) }},
        {{ model_monitor.named_bin_columns({
            'bin_kind': "case when is_kept then 'category' else 'other' end",
            'category': 'case when is_kept then ' ~ model_monitor.category_label('category')
                ~ " else '(other)' end",
            'is_out_of_range': 'is_out_of_range and is_kept',
        }) }}
    from {{ ref('model_monitor', 'int_monitor__ruler_categories') }}

),

special_bins as (

    select
        {{ model_monitor.listed_columns('rulers', subject) }},
        {{ model_monitor.named_bin_columns({
            'bin': 'specials.bin', 'bin_kind': 'specials.bin_kind', 'category': 'specials.category',
            'is_zero': "specials.bin_kind = 'category' and specials.bin = 0",
            'is_out_of_range': "specials.bin_kind = 'unseen' and limits.has_allowed = 1",
        }) }}
    from rulers
    cross join (
        values
        (1, 'category', 'true'),
        (0, 'category', 'false'),
        (-1, 'missing', '(missing)'),
        (-2, 'invalid', '(invalid)'),
        (-3, 'unseen', '(unseen)')
    ) as specials (bin, bin_kind, category)
    left join limits
        on {{ model_monitor.joined_on('rulers', 'limits', subject) }}
    where specials.bin_kind in ('missing', 'invalid')
        or (specials.bin_kind = 'category' and rulers.subject_type = 'boolean')
        or (specials.bin_kind = 'unseen' and rulers.subject_type = 'categorical')

),

bins as (

    {% for name in ['fine', 'cell', 'category', 'special'] %}
    select * from {{ name }}_bins
    {{- '\n    union all' if not loop.last }}
    {% endfor %}

),

final as (

    select
        {{ model_monitor.listed_columns('bins', subject) }},
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
        on {{ model_monitor.joined_on('bins', 'rulers', subject) }}

)

select * from final
