{{ model_monitor.view_model() }}
{#- Mistakes in rows of the tables under `policy`, and rules that are not applied because of one. A
    view, so that `doctor` sees an edit before the next run. -#}
{%- set as_of = model_monitor.as_of_timestamp() %}
{%- set patterns = [
    ['changes', 'change_id', 'monitor'], ['versions', 'model_version', 'monitor'],
    ['silences', 'silence_id', 'monitor'], ['contacts', 'contact_id', 'monitor'],
    ['contacts', 'contact_id', 'owner'], ['approvals', 'approval_id', 'monitor'],
    ['priorities', 'priority_id', 'monitor'], ['priorities', 'priority_id', 'rule_id'],
    ['priorities', 'priority_id', 'slice_name'], ['silences', 'silence_id', 'slice_name'],
    ['changes', 'change_id', 'slice_name'],
] %}
{#- of a list of names the first ones are checked #}
{%- set most_names = 8 %}

-- a change of several monitors, or one that recurs, is several rows
with changes as (

    select distinct
        change_id,
        monitor,
        slice_name,
        expected_effect,
        recurs,
        started_at is null as is_undated,
        coalesce(ended_at < started_at, false) as ends_before
    from {{ ref('model_monitor', 'stg_monitor__changes') }}

),

versions as (

    select * from {{ ref('model_monitor', 'stg_monitor__versions') }}

),

silences as (

    select * from {{ ref('model_monitor', 'stg_monitor__silences') }}

),

contacts as (

    select * from {{ ref('model_monitor', 'stg_monitor__contacts') }}

),

approvals as (

    select * from {{ ref('model_monitor', 'stg_monitor__approvals') }}

),

priorities as (

    select * from {{ ref('model_monitor', 'stg_monitor__priorities') }}

),

monitors as (

    select * from {{ ref('model_monitor', 'int_monitor__monitors') }}

),

rules as (

    select * from {{ ref('model_monitor', 'int_monitor__rules') }}

),

rule_runs as (

    select distinct
        rule_id,
        problem
    from {{ ref('model_monitor', 'monitor_rule_runs') }}
    where problem is not null
        and as_of = (
            select max(latest.as_of)
            from {{ ref('model_monitor', 'monitor_rule_runs') }} as latest
        )

),

mistakes as (

    {{ model_monitor.policy_mistake_rows() | indent(4) }}

),

patterns as (

    {% for policy, id, column in patterns %}
    select
        '{{ policy }}' as policy,
        {{ id }} as row_name,
        '{{ column }}' as column_name,
        {{ column }} as pattern
    from {{ policy }}
    {%- if policy == 'silences' %}
    where until > {{ as_of }}
    {%- endif %}
    {{- '\n    union all' if not loop.last }}
    {% endfor %}

),

-- a pattern may be meant for names to come
words as (

    {% for place in range(1, most_names + 1) %}
    select
        policy,
        row_name,
        column_name,
        trim({{ dbt.split_part('pattern', "','", place) }}) as word
    from patterns
    where position('*' in pattern) = 0
        and position('!' in pattern) = 0
    union all
    {% endfor %}
    select
        'alert_rules' as policy,
        rule_id as row_name,
        'rule_id' as column_name,
        rule_id as word
    from rule_runs
    where problem like 'rule_id:%'

),

known_names as (

    {{ model_monitor.known_policy_name_rows() | indent(4) }}

),

unknown_words as (

    select distinct
        words.policy,
        words.row_name,
        words.column_name,
        words.word
    from words
    left join known_names
        on words.column_name = known_names.column_name
        and words.word = known_names.known_name
    where words.word <> ''
        and known_names.known_name is null

),

ranked_names as (

    select
        unknown_words.*,
        known_names.known_name,
        row_number() over (
            partition by
                unknown_words.policy,
                unknown_words.row_name,
                unknown_words.column_name,
                unknown_words.word
            order by
                {{ model_monitor.shared_letters('unknown_words.word', 'known_names.known_name') }}
                * 1e0 / (length(unknown_words.word) + length(known_names.known_name)) desc,
                {{ model_monitor.text_order('known_names.known_name') }} asc
        ) as priority
    from unknown_words
    left join known_names
        on unknown_words.column_name = known_names.column_name
        and {{ model_monitor.resembles('unknown_words.word', 'known_names.known_name') }}

),

named as (

    select
        *,
        coalesce(' Nearest: ' || known_name || '.', '') as nearest
    from ranked_names
    where priority = 1

),

listed as (

    select
        'policy_mistake' as kind,
        policy,
        row_name,
        problem
    from mistakes
    where problem <> ''

    union all

    select
        'policy_mistake' as kind,
        policy,
        row_name,
        'there is no ' || column_name || ' ' || {{ model_monitor.shown_text('word') }} || '.'
        || nearest as problem
    from named
    where policy <> 'alert_rules'

    union all

    select
        'unusable_contact' as kind,
        'contacts' as policy,
        contact_id as row_name,
        problem || ' This contact gets no notifications.' as problem
    from contacts
    where problem is not null

    union all

    select
        'rule_not_applied' as kind,
        'alert_rules' as policy,
        rule_runs.rule_id as row_name,
        'the rule is not applied. ' || rule_runs.problem || coalesce(named.nearest, '') as problem
    from rule_runs
    left join named
        on named.policy = 'alert_rules'
        and rule_runs.rule_id = named.word
        and rule_runs.problem like 'rule_id:%'

),

final as (

    select distinct
        kind,
        'policy › ' || policy || case
            when row_name = '' then ''
            else ' › ' || coalesce(row_name, '(no id)')
        end as place,
        problem
    from listed

)

select * from final
