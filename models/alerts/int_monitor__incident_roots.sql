{{ model_monitor.table_model() }}
{#- The group that names the incident of each group of alerts: its first cause, or that of the
    population shift that it belongs to. -#}

with linked as (

    select
        causes.group_id as member,
        coalesce(
            nullif(shifts.shift_group_id, causes.group_id), causes.caused_by, causes.group_id
        ) as parent
    from {{ ref('model_monitor', 'int_monitor__incident_causes') }} as causes
    left join {{ ref('model_monitor', 'int_monitor__population_shifts') }} as shifts
        on causes.group_id = shifts.group_id

),

ends as (

    {{ model_monitor.chain_end_rows('linked') | indent(4) }}

),

final as (

    select
        member as group_id,
        root
    from ends

)

select * from final
