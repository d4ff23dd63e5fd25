{#- What the registry says of each version, as it was known at as_of. -#}
{%- set always = "cast('1970-01-01' as timestamp)" %}

with registered as (

    {{ model_monitor.policy_rows('versions', [
        ['monitor', model_monitor.type_text()],
        ['model_version', model_monitor.type_text()],
        ['trained_from', 'timestamp'],
        ['trained_to', 'timestamp'],
        ['deployed_at', 'timestamp'],
        ['stage', model_monitor.type_text()],
        ['threshold', model_monitor.type_double()],
        ['owner', model_monitor.type_text()],
        ['valid_from', 'timestamp'],
    ]) | indent(4) }}

),

known_rows as (

    select
        *,
        max(coalesce(valid_from, {{ always }})) over (partition by monitor, model_version)
            as newest_from
    from registered
    where coalesce(valid_from, {{ always }}) <= {{ model_monitor.as_of_timestamp() }}

),

-- a row of the same version with a later valid_from takes the place of the earlier one
final as (

    select
        monitor,
        model_version,
        trained_from,
        trained_to,
        deployed_at,
        stage,
        threshold,
        owner,
        valid_from
    from known_rows
    where coalesce(valid_from, {{ always }}) = newest_from

)

select * from final
