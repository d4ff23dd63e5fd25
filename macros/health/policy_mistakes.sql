{#
    What is wrong in each row of the tables under `policy`: one row per table and row, with an empty
    or missing problem where nothing is. Needs changes, versions, silences, contacts, approvals
    and priorities.
#}
{% macro policy_mistake_rows() -%}
{%- set effects = ['none', 'annotate', 'hold'] -%}
{%- set recurrences = ['weekly', 'monthly', 'yearly'] -%}
{%- set stages = model_monitor.version_stages().keys() | list -%}
select
    'changes' as policy,
    change_id as row_name,
    concat_ws(
        ' ',
        case when is_undated
            then 'started_at: it is missing, so the change has no effect.' end,
        case when ends_before
            then 'ended_at: it is before started_at, so the change has no effect.' end,
        case when expected_effect not in ({{ model_monitor.word_literals(effects) }})
            then 'expected_effect: unknown, so ignored. Valid: {{ effects | join(", ") }}.'
                || ' Got: ' || {{ model_monitor.shown_text('expected_effect') }} || '.' end,
        case when nullif(recurs, '') not in ({{ model_monitor.word_literals(recurrences) }})
            then 'recurs: unknown, so ignored. Valid: {{ recurrences | join(", ") }}. Got: '
                || {{ model_monitor.shown_text('recurs') }} || '.' end
    ) as problem
from changes

union all

select
    'versions' as policy,
    model_version as row_name,
    concat_ws(
        ' ',
        case when nullif(stage, '') not in ({{ model_monitor.word_literals(stages) }})
            then 'stage: unknown, so ignored. Valid: '
                || '{{ stages | join(", ") }}. Got: '
                || {{ model_monitor.shown_text('stage') }} || '.' end,
        case when trained_to < trained_from
            then 'trained_to: it is before trained_from.' end
    ) as problem
from versions

union all

select
    'silences' as policy,
    silence_id as row_name,
    concat_ws(
        ' ',
        case when until is null
            then 'until: it is missing, so the silence has no effect.' end,
        case when coalesce(trim(author), '') = '' or coalesce(trim(reason), '') = ''
            then 'author, reason: a silence needs both.' end
    ) as problem
from silences

union all

select
    'contacts' as policy,
    contact_id as row_name,
    case when escalate_after_hours < 0
        then 'escalate_after_hours: it must be 0 or more. Got: '
            || {{ model_monitor.shown_number('escalate_after_hours') }} || '.'
    end as problem
from contacts

union all

select
    'approvals' as policy,
    approval_id as row_name,
    problem
from approvals

union all

select
    'priorities' as policy,
    priority_id as row_name,
    problem
from priorities

union all

select
    policy,
    case when mistake = 'column' then '' else row_name end as row_name,
    case
        when mistake = 'column'
            then 'there is no column ' || {{ model_monitor.shown_text('column_name') }}
                || '. Nearest: ' || said || '.'
        else column_name || ': not '
            || case when column_name in ('threshold', 'value') then 'a number'
                else 'a time in UTC' end
            || ', so ignored. Got: ' || {{ model_monitor.shown_text('said') }} || '.'
    end as problem
from {{ ref('model_monitor', 'stg_monitor__policy_issues') }}
{%- endmacro %}

{# The valid names in columns of policy tables. Needs monitors and rules. #}
{% macro known_policy_name_rows() -%}
select 'monitor' as column_name, monitor as known_name from monitors
union
select 'owner' as column_name, owner as known_name from monitors where owner is not null
union
select 'owner' as column_name, owner as known_name from rules where owner is not null
union
select 'rule_id' as column_name, rule_id as known_name from rules where problem is null
union
select
    'slice_name' as column_name,
    slice_name as known_name
from {{ ref('model_monitor', 'int_monitor__slices') }}
where is_published
union
select 'slice_name' as column_name, '(all)' as known_name
{%- endmacro %}
