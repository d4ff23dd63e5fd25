{#- Rows of policy: priorities, which lower or raise the severity of alerts. A row with a problem
    changes no alert. -#}
{{ model_monitor.view_model() }}
{%- set text = model_monitor.type_text() %}
{%- set levels = model_monitor.priority_levels() %}
{%- set patterns = model_monitor.priority_patterns() %}

with priorities as (

    {{ model_monitor.policy_as_of('priorities', ['priority_id'], [
        ['priority_id', text],
        ['monitor', text],
        ['model_version', text],
        ['rule_id', text],
        ['family', text],
        ['subject', text],
        ['slice_name', text],
        ['slice_value', text],
        ['priority', text],
    ]) | indent(4) }}

),

trimmed as (

    select
        priority_id,
        {%- for column in patterns %}
        nullif(trim({{ column }}), '') as {{ column }},
        {%- endfor %}
        lower(trim(priority)) as priority
    from priorities

),

final as (

    select
        priority_id,
        {{ model_monitor.listed_columns('', patterns) }},
        priority,
        nullif(concat_ws(
            ' ',
            case when coalesce(trim(priority_id), '') = '' then 'priority_id: missing.' end,
            case when coalesce(priority not in ({{ model_monitor.word_literals(levels) }}), true)
                then 'priority: unknown. Valid: '
                    || '{{ levels | join(", ") }}. Got: '
                    || coalesce(priority, 'nothing') || '.' end,
            {{ model_monitor.families_problem('family', 'family') | indent(12) }}
        ), '') as problem
    from trimmed

)

select * from final
