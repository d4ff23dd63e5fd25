{#- The registry's row of each version, as known at as_of. -#}
{{ model_monitor.view_model() }}

with noted as (

    {{ model_monitor.policy_as_of('versions', ['monitor', 'model_version'], [
        ['monitor', model_monitor.type_text()],
        ['model_version', model_monitor.type_text()],
        ['trained_from', 'timestamp'],
        ['trained_to', 'timestamp'],
        ['deployed_at', 'timestamp'],
        ['stage', model_monitor.type_text()],
        ['threshold', model_monitor.type_double()],
        ['owner', model_monitor.type_text()],
    ]) | indent(4) }}

),

final as (

    select
        monitor,
        model_version,
        trained_from,
        trained_to,
        deployed_at,
        lower(trim(stage)) as stage,
        threshold,
        owner,
        valid_from
    from noted

)

select * from final
