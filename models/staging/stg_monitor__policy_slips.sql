{#- What a table under policy says that is no time, or no number: it is passed over, and named. -#}
{%- set double = model_monitor.type_double() %}
{%- set asked = [
    ['changes', 'change_id', [
        ['started_at', 'timestamp'], ['ended_at', 'timestamp'], ['valid_from', 'timestamp'],
    ]],
    ['silences', 'silence_id', [
        ['started_at', 'timestamp'], ['until', 'timestamp'], ['valid_from', 'timestamp'],
    ]],
    ['versions', 'model_version', [
        ['trained_from', 'timestamp'], ['trained_to', 'timestamp'], ['deployed_at', 'timestamp'],
        ['threshold', double], ['valid_from', 'timestamp'],
    ]],
    ['version_metrics', 'model_version', [['value', double], ['valid_from', 'timestamp']]],
    ['contacts', 'contact_id', [['valid_from', 'timestamp']]],
] %}
{%- set parts = [] %}
{%- for kind, key, columns in asked %}
    {%- do parts.extend(model_monitor.policy_slips(kind, key, columns)) %}
{%- endfor %}
{%- set text = model_monitor.type_text() %}

with slips as (

    {% if parts -%}
    {{ parts | join('\n\nunion all\n\n') | indent(4) }}
    {%- else -%}
    {{ model_monitor.literal_rows(
        [['policy', text], ['row_name', text], ['column_name', text], ['said', text]], []
    ) | indent(4) }}
    {%- endif %}

),

final as (

    select
        policy,
        row_name,
        column_name,
        said
    from slips

)

select * from final
