{#- Mistakes in the tables under policy: text that is no time or number, and misspelt columns. -#}
{{ model_monitor.view_model() }}
{%- set text = model_monitor.type_text() %}
{%- set double = model_monitor.type_double() %}
{%- set asked = {
    'changes': ['change_id', {
        'monitor': text, 'kind': text, 'name': text, 'model_version': text, 'subject': text,
        'slice_name': text, 'slice_value': text, 'started_at': 'timestamp',
        'ended_at': 'timestamp', 'recurs': text, 'expected_effect': text, 'description': text,
    }],
    'silences': ['silence_id', {
        'monitor': text, 'subject': text, 'slice_name': text, 'slice_value': text,
        'started_at': 'timestamp', 'until': 'timestamp', 'author': text, 'reason': text,
    }],
    'versions': ['model_version', {
        'monitor': text, 'trained_from': 'timestamp', 'trained_to': 'timestamp',
        'deployed_at': 'timestamp', 'stage': text, 'threshold': double, 'owner': text,
    }],
    'version_metrics': ['model_version', {'monitor': text, 'metric': text, 'value': double}],
    'contacts': ['contact_id', {
        'monitor': text, 'owner': text, 'severity': text, 'channel': text,
        'address_variable': text, 'escalate_after_hours': text,
    }],
    'approvals': ['approval_id', {
        'monitor': text, 'action': text, 'approver': text, 'mandatory_from': text, 'families': text,
    }],
    'priorities': ['priority_id', {
        'monitor': text, 'model_version': text, 'rule_id': text, 'family': text, 'subject': text,
        'slice_name': text, 'slice_value': text, 'priority': text,
    }],
} %}
{%- set parts = [] %}
{%- for kind, (key, columns) in asked.items() %}
    {%- do columns.update({key: text, 'valid_from': 'timestamp'}) %}
    {%- do parts.extend(model_monitor.policy_issues(kind, key, columns.items() | list)) %}
{%- endfor %}
{#- a rule reports its own invalid values #}
{%- set rules = [] %}
{%- for name in model_monitor.alert_rule_columns() %}
    {%- do rules.append([name, text]) %}
{%- endfor %}
{%- do parts.extend(model_monitor.policy_issues('alert_rules', 'rule_id', rules)) %}

with slips as (

    {% if parts -%}
    {{ parts | join('\n\nunion all\n\n') | indent(4) }}
    {%- else -%}
    {{ model_monitor.literal_rows([
        ['policy', text], ['mistake', text], ['row_name', text], ['column_name', text], ['said', text],
    ], []) | indent(4) }}
    {%- endif %}

),

final as (

    select
        policy,
        mistake,
        row_name,
        column_name,
        said
    from slips

)

select * from final
