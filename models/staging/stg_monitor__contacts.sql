{#- Who is notified of which alerts over which channel: the relation under policy: contacts. A
    row with a problem gets no notifications: a wrong reading may page the wrong people, or
    nobody. A text that is not the name of an address variable may be the secret itself, so it is
    not passed on. -#}
{{ model_monitor.view_model() }}
{%- set channels = model_monitor.contact_channels() %}
{%- set prefixes = model_monitor.address_prefixes() %}
{%- set severities = model_monitor.severity_levels() %}

with contacts as (

    {{ model_monitor.policy_as_of('contacts', ['contact_id'], [
        ['contact_id', model_monitor.type_text()],
        ['monitor', model_monitor.type_text()],
        ['owner', model_monitor.type_text()],
        ['severity', model_monitor.type_text()],
        ['channel', model_monitor.type_text()],
        ['address_variable', model_monitor.type_text()],
        ['escalate_after_hours', model_monitor.type_text()],
    ]) | indent(4) }}

),

trimmed as (

    select
        contact_id,
        monitor,
        owner,
        coalesce(nullif(lower(trim(severity)), ''), 'warn') as severity,
        lower(trim(channel)) as channel,
        trim(address_variable) as address_variable,
        nullif(trim(escalate_after_hours), '') as escalate_after_hours
    from contacts

),

final as (

    select
        contact_id,
        monitor,
        owner,
        severity,
        case when channel in ({{ model_monitor.word_literals(channels) }}) then channel end
            as channel,
        case when {{ model_monitor.may_hold_address('address_variable') }} then address_variable end
            as address_variable,
        {{ model_monitor.try_double('escalate_after_hours') }} as escalate_after_hours,
        nullif(concat_ws(
            ' ',
            case when coalesce(trim(contact_id), '') = '' then 'contact_id: missing.' end,
            case when severity not in ({{ model_monitor.word_literals(severities) }})
                then 'severity: unknown. Valid: '
                    || '{{ severities | join(", ") }}. Got: '
                    || severity || '.' end,
            case when coalesce(channel not in ({{ model_monitor.word_literals(channels) }}), true)
                then 'channel: unknown. Valid: '
                    || '{{ channels | join(", ") }}.' end,
            case when not {{ model_monitor.names_variable('address_variable') }}
                then 'address_variable: not the name of an environment variable. Put the address'
                    || ' in a variable, and the name of the variable in the table.' end,
            case when {{ model_monitor.is_other_variable('address_variable') }}
                then 'address_variable: must begin with '
                    || '{{ prefixes | join(" or ") }}'
                    || ' (policy › address_prefixes).' end,
            case
                when escalate_after_hours is not null
                    and {{ model_monitor.try_double('escalate_after_hours') }} is null
                    then 'escalate_after_hours: not a number of hours.'
            end
        ), '') as problem
    from trimmed

)

select * from final
