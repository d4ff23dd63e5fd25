{{ model_monitor.table_model() }}
{#- The first cause of each group of alerts: itself if it has none. -#}

with linked as (

    select
        group_id as member,
        coalesce(caused_by, group_id) as parent
    from {{ ref('model_monitor', 'int_monitor__incident_causes') }}

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
