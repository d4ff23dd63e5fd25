{#- The labels that people read: the name of each bin, and its edges with null for an open end. -#}
{{ model_monitor.table_model() }}
{% set infinity = "cast('Infinity' as " ~ model_monitor.type_double() ~ ")" %}

with ruler_bins as (

    select * from {{ ref('model_monitor', 'int_monitor__ruler_bins') }}

),

-- A bin below a point [v, v] ends just before v. Its label is (a, v), not the double below v.
fine_bins as (

    select
        monitor,
        log,
        subject,
        cell_bin,
        upper_edge,
        coalesce(lead(bin_kind) over fine = 'point', false) as ends_before_point,
        lead(upper_edge) over fine as next_edge
    from ruler_bins
    where bin >= 0
        and bin < 1000
        and upper_edge is not null
    window fine as (partition by monitor, log, subject order by bin)

),

limits as (

    select
        ruler_bins.*,
        case
            when ruler_bins.lower_edge > -{{ infinity }} then ruler_bins.lower_edge
        end as lower_limit,
        case
            when ruler_bins.upper_edge = {{ infinity }} then null
            when fine_bins.ends_before_point and ruler_bins.bin_kind <> 'point'
                then fine_bins.next_edge
            else ruler_bins.upper_edge
        end as upper_limit,
        coalesce(fine_bins.ends_before_point, false) as is_open
    from ruler_bins
    left join fine_bins
        on ruler_bins.monitor = fine_bins.monitor
        and ruler_bins.log = fine_bins.log
        and ruler_bins.subject = fine_bins.subject
        and ruler_bins.cell_bin = fine_bins.cell_bin
        and ruler_bins.upper_edge = fine_bins.upper_edge

),

final as (

    select
        monitor,
        log,
        subject,
        ruler_version,
        bin,
        bin_kind,
        bin_group,
        lower_limit as lower_edge,
        upper_limit as upper_edge,
        case
            when category is not null then category
            when bin_kind = 'point' then {{ model_monitor.number_text('upper_limit') }}
            when lower_limit is null and upper_limit is null then '(any)'
            when lower_limit is null
                then case when is_open then '< ' else '<= ' end
                    || {{ model_monitor.number_label('upper_limit') }}
            when upper_limit is null then '> ' || {{ model_monitor.number_label('lower_limit') }}
            else
                '(' || {{ model_monitor.number_label('lower_limit') }}
                || ', ' || {{ model_monitor.number_label('upper_limit') }}
                || case when is_open then ')' else ']' end
        end as bin_label
    from limits

)

select * from final
