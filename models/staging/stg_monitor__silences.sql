{#- Notifications to mute for a while: the relation under policy: silences. A silence without an
    end mutes nothing. -#}
{{ model_monitor.view_model() }}

with silences as (

    {{ model_monitor.policy_as_of('silences', ['silence_id'], [
        ['silence_id', model_monitor.type_text()],
        ['monitor', model_monitor.type_text()],
        ['subject', model_monitor.type_text()],
        ['slice_name', model_monitor.type_text()],
        ['slice_value', model_monitor.type_text()],
        ['started_at', 'timestamp'],
        ['until', 'timestamp'],
        ['author', model_monitor.type_text()],
        ['reason', model_monitor.type_text()],
    ]) | indent(4) }}

),

final as (

    select
        silence_id,
        monitor,
        subject,
        slice_name,
        slice_value,
        started_at,
        until,
        author,
        reason
    from silences
    where silence_id is not null

)

select * from final
