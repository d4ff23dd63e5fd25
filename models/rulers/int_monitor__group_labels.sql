{#- The labels that people read for a group of bins, after the name of its
    subject: `above 0.31`. -#}
{{ model_monitor.table_model() }}

with labels as (

    select * from {{ ref('model_monitor', 'int_monitor__bin_labels') }}

),

groups as (

    select
        monitor,
        log,
        subject,
        bin_group,
        min(bin_label) as least_label,
        count(*) as bin_count,
        -- an open end has no edge
        case when count(lower_edge) = count(*) then min(lower_edge) end as lower_edge,
        case when count(upper_edge) = count(*) then max(upper_edge) end as upper_edge
    from labels
    where bin < 1000
        or bin_kind not in ('fine', 'point', 'tail')
    group by monitor, log, subject, bin_group

),

final as (

    select
        monitor,
        log,
        subject,
        bin_group,
        case
            -- a category, a point, a special bin
            when lower_edge is null and upper_edge is null then least_label
            when lower_edge = upper_edge then least_label
            when lower_edge is null
                then 'up to ' || {{ model_monitor.number_label('upper_edge') }}
            when upper_edge is null
                then 'above ' || {{ model_monitor.number_label('lower_edge') }}
            else {{ model_monitor.number_label('lower_edge') }}
                || ' to ' || {{ model_monitor.number_label('upper_edge') }}
        end as group_label
    from groups

)

select * from final
