{#- Who is told of what, and over which channel: the relation named under policy: contacts. -#}

with contacts as (

    {{ model_monitor.policy_as_of('contacts', ['contact_id'], [
        ['contact_id', model_monitor.type_text()],
        ['monitor', model_monitor.type_text()],
        ['owner', model_monitor.type_text()],
        ['severity', model_monitor.type_text()],
        ['channel', model_monitor.type_text()],
        ['address_variable', model_monitor.type_text()],
        ['escalate_after_hours', model_monitor.type_double()],
    ]) | indent(4) }}

),

final as (

    select
        contact_id,
        monitor,
        owner,
        coalesce(nullif(lower(trim(severity)), ''), 'warn') as severity,
        lower(trim(channel)) as channel,
        trim(address_variable) as address_variable,
        escalate_after_hours
    from contacts
    where contact_id is not null

)

select * from final
