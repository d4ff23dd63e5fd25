{#
    Policy rows of one kind, typed, from the relation that the configuration names; no rows if it
    names none. A column that the relation lacks is a null.
#}
{% macro policy_rows(kind, columns) %}
    {% set spec = model_monitor.configuration().policy[kind] %}
    {% set names = [] %}
    {% for column in columns %}
        {% do names.append(column[0]) %}
    {% endfor %}
    {% if spec is none %}
{{ model_monitor.literal_rows(columns, []) }}
    {% else %}
        {% set relation = model_monitor.relation(spec) %}
        {% set found = model_monitor.relation_columns(relation, names) %}
        {% if found.status == 'missing_table' %}
            {% do exceptions.warn(
                'policy › ' ~ kind ~ ': there is no table ' ~ relation ~ ', so it is treated as empty'
            ) %}
{{ model_monitor.literal_rows(columns, []) }}
        {% else %}
select
        {%- for column in columns %}
    {{ model_monitor.policy_value(
        adapter.quote(column[0]), column[1], found.columns.get(column[0], column[1])
    ) if not execute or column[0] in found.columns else 'cast(null as ' ~ column[1] ~ ')' }}
        as {{ column[0] }}{{ ',' if not loop.last }}
        {%- endfor %}
from {{ relation }}
        {% endif %}
    {% endif %}
{% endmacro %}

{# A policy value cast to the expected type: null where the cast fails, so one value stops no run. #}
{% macro policy_value(column, wanted, data_type) -%}
    {%- if wanted == 'timestamp' -%}
    {{ return(model_monitor.try_timestamp(column, data_type) | trim) }}
    {%- elif wanted == model_monitor.type_double() -%}
    {{ return(model_monitor.try_double(column) | trim) }}
    {%- endif -%}
    {{ return('cast(' ~ column ~ ' as ' ~ wanted ~ ')') }}
{%- endmacro %}

{# The actions that a row of policy: approvals may name: those that monitor_triggers can request. #}
{% macro approved_actions() %}
    {{ return([
        'retrain', 'recalibrate', 'rollback', 'disable_source', 'fix_feature', 'adjust_policy',
        'run_experiment', 'investigate_data', 'investigate',
    ]) }}
{% endmacro %}

{# The priorities that a row of policy: priorities may give, lowest first. #}
{% macro priority_levels() %}
    {{ return(['low', 'normal', 'high']) }}
{% endmacro %}

{# The pattern columns of policy: priorities, which select alerts. #}
{% macro priority_patterns() %}
    {{ return([
        'monitor', 'model_version', 'rule_id', 'family', 'subject', 'slice_name', 'slice_value',
    ]) }}
{% endmacro %}

{#
    What is wrong with a pattern of families that matches none; null if it matches one. `column` is
    where people wrote it.
#}
{% macro families_problem(pattern, column='families') -%}
    {%- set families = model_monitor.metrics_by_family() | list -%}
    case
        when {{ pattern }} is not null and not (
            {%- for family in families %}
            {{ 'or ' if not loop.first }}{{ model_monitor.fits_pattern("'" ~ family ~ "'", pattern) }}
            {%- endfor %}
        )
            then '{{ column }}: unknown. Valid: {{ families | join(", ") }}. Got: '
                || {{ pattern }} || '.'
    end
{%- endmacro %}

{#
    The unusable parts of a policy table: text values where `columns` expect a time or a number, and
    columns that look like a misspelt one. A list of selects.
#}
{% macro policy_issues(kind, key, columns) %}
    {% set spec = model_monitor.configuration().policy[kind] %}
    {% set parts = [] %}
    {% if spec is not none and execute %}
        {% set relation = model_monitor.relation(spec) %}
        {% set names = columns | map('first') | list %}
        {% set types = model_monitor.relation_columns(relation, names).columns %}
        {% set text = model_monitor.type_text() %}
        {% set absent = names | reject('in', types) | list %}
        {% for name in types if name not in names %}
            {#- other columns are the user's own -#}
            {% set meant = model_monitor._closest(name, absent, 4) %}
            {% if meant is not none %}
                {% do parts.append(model_monitor._policy_issue(
                    kind, 'column', 'cast(null as ' ~ text ~ ')', name,
                    model_monitor.text_literal(meant)
                )) %}
            {% endif %}
        {% endfor %}
        {% for name, wanted in columns
            if wanted != text and modules.re.search('char|text|string', types.get(name, '') | lower) %}
            {% set raw = adapter.quote(name) %}
            {% set said = "nullif(trim(" ~ raw ~ "), '')" %}
            {% do parts.append(
                model_monitor._policy_issue(
                    kind, 'value',
                    'cast(' ~ (adapter.quote(key) if key in types else 'null') ~ ' as ' ~ text ~ ')',
                    name, said
                )
                ~ '\nfrom ' ~ relation ~ '\nwhere ' ~ said ~ ' is not null\n    and '
                ~ model_monitor.policy_value(raw, wanted, types[name]) ~ ' is null'
            ) %}
        {% endfor %}
    {% endif %}
    {{ return(parts) }}
{% endmacro %}

{% macro _policy_issue(kind, mistake, row_name, column, said) %}
    {{ return(
        'select\n    ' ~ model_monitor.text_literal(kind) ~ ' as policy,\n    '
        ~ model_monitor.text_literal(mistake) ~ ' as mistake,\n    ' ~ row_name ~ ' as row_name,\n    '
        ~ model_monitor.text_literal(column) ~ ' as column_name,\n    ' ~ said ~ ' as said'
    ) }}
{% endmacro %}

{# The stages of the registry, and whether a version in it may have live rows. #}
{% macro version_stages() %}
    {{ return({
        'champion': true, 'challenger': true, 'shadow': false, 'canary': true, 'candidate': false,
        'retired': false,
    }) }}
{% endmacro %}

{% macro serving_stages() %}
    {{ return(model_monitor.version_stages().items() | selectattr(1) | map('first') | list) }}
{% endmacro %}

{% macro idle_stages() %}
    {{ return(model_monitor.version_stages().items() | rejectattr(1) | map('first') | list) }}
{% endmacro %}
