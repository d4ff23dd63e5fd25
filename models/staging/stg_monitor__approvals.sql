{#- Who may approve an action, and from which severity on an incident makes a rollback mandatory:
    the relation under policy: approvals. A row with a problem approves and demands nothing. -#}
{{ model_monitor.view_model() }}
{%- set text = model_monitor.type_text() %}
{%- set actions = model_monitor.approved_actions() %}

with approvals as (

    {{ model_monitor.policy_as_of('approvals', ['approval_id'], [
        ['approval_id', text],
        ['monitor', text],
        ['action', text],
        ['approver', text],
        ['mandatory_from', text],
        ['families', text],
    ]) | indent(4) }}

),

trimmed as (

    select
        approval_id,
        nullif(trim(monitor), '') as monitor,
        lower(trim(action)) as action,
        nullif(trim(approver), '') as approver,
        nullif(lower(trim(mandatory_from)), '') as mandatory_from,
        nullif(trim(families), '') as families
    from approvals

),

final as (

    select
        approval_id,
        monitor,
        action,
        approver,
        mandatory_from,
        families,
        nullif(concat_ws(
            ' ',
            case when coalesce(trim(approval_id), '') = '' then 'approval_id: missing.' end,
            case when coalesce(action not in ({{ model_monitor.word_literals(actions) }}), true)
                then 'action: unknown. Valid: {{ actions[:4] | join(", ") }}, '
                    || '{{ actions[4:] | join(", ") }}. Got: '
                    || coalesce(action, 'nothing') || '.' end,
            case when approver is null then 'approver: missing.' end,
            case when mandatory_from not in ('warn', 'critical')
                then 'mandatory_from: unknown. Valid: warn, critical, or empty for never.'
                    || ' Got: ' || mandatory_from || '.' end,
            case when mandatory_from is not null and action <> 'rollback'
                then 'mandatory_from: only a rollback can be mandatory. Got: ' || action || '.' end,
            case when families is not null and mandatory_from is null
                then 'families: they select the incidents that make it mandatory, so set'
                    || ' mandatory_from too.' end,
            {{ model_monitor.families_problem('families') | indent(12) }}
        ), '') as problem
    from trimmed

)

select * from final
