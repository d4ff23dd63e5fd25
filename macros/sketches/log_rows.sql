{#
    The rows of one log under domain names: event_time, loaded_at, model_version, role, arm, cluster
    (the unit that a derived metric is counted per), d0… (slice columns as text) and v0… (the
    requested subjects, raw). Excludes rows that the run may not see yet (loaded after as_of).

    source: {'relation', 'columns' (from relation_columns), 'where', 'time', 'dated': bool,
             'is_reference': bool, 'is_told': a text for somebody else to run, not for this session}

    An absent column or an unreadable expression is a null. An absent table, or one whose filter
    cannot be read, has no rows. A subject that `counts_repeats` is whether another row has the
    same id.
#}
{% macro log_rows(log, subjects, source) %}
    {% set columns = source.columns.columns %}
    {% set names = log.columns %}
    {% set time = source.time %}
    {% set text = model_monitor.type_text() %}
    {% if source.columns.status in ('missing_table', 'invalid_where')
        or (execute and source.dated and (time is none or time | lower not in columns))
        or (execute and log.per is not none and log.per | lower not in columns) %}
select
    cast(null as timestamp) as event_time,
    cast(null as timestamp) as loaded_at,
    cast(null as {{ text }}) as model_version,
    cast(null as {{ text }}) as role,
    cast(null as {{ text }}) as arm
    {%- for column in model_monitor.slice_columns(log) %},
    cast(null as {{ text }}) as d{{ loop.index0 }}
    {%- endfor %}
    {%- for subject in subjects %},
    cast(null as {{ text }}) as v{{ loop.index0 }}
    {%- endfor %}
from (select 1 as nothing) as no_table
where 1 = 0
    {% else %}
        {% set event_time = model_monitor._log_time(time, columns) if source.dated
            else "cast('1970-01-01' as timestamp)" %}
        {% set loaded_at = model_monitor._log_time(names.loaded_at, columns)
            if names.loaded_at and not source.is_reference else event_time %}
        {% set version = model_monitor.slice_label('cast(' ~ adapter.quote(names.version) ~ ' as ' ~ text ~ ')') | trim
            if model_monitor._has(names.version, columns) else "'unversioned'" %}
        {% set role = "coalesce(lower(cast(" ~ adapter.quote(names.role) ~ " as " ~ text ~ ")), 'live')"
            if model_monitor._has(names.role, columns) else "'live'" %}
        {% set arm = "coalesce(cast(" ~ adapter.quote(names.variant) ~ " as " ~ text ~ "), '')"
            if model_monitor._has(names.variant, columns) else "''" %}
        {% if source.is_reference %}
            {% set version = "'(all)'" %}{% set role = "'reference'" %}{% set arm = "''" %}
        {% endif %}
        {% set derived = log.from is not none %}
        {% if not source.is_told %}
            {% do model_monitor.before_rows(source.columns) %}
        {% endif %}
select
    {{ 'min(' ~ event_time ~ ')' if derived else event_time }} as event_time,
    {{ 'max(' ~ loaded_at ~ ')' if derived else loaded_at }} as loaded_at,
    {{ 'min(' ~ version ~ ')' if derived else version }} as model_version,
    {{ 'min(' ~ role ~ ')' if derived else role }} as role,
    {{ 'min(' ~ arm ~ ')' if derived else arm }} as arm
        {%- for column in model_monitor.slice_columns(log) %}
            {%- set label = 'cast(' ~ adapter.quote(column) ~ ' as ' ~ text ~ ')'
                if model_monitor._has(column, columns) else 'cast(null as ' ~ text ~ ')' %},
    {{ 'min(' ~ label ~ ')' if derived else label }} as d{{ loop.index0 }}
        {%- endfor %}
        {%- for subject in subjects %},
            {%- if not (subject.column is none or model_monitor._has(subject.column, columns)) %}
    cast(null as {{ text }}) as v{{ loop.index0 }}
            {%- elif subject.counts_repeats %}
    {{ model_monitor._is_repeated(subject.column, [event_time, version, role]) }} as v{{ loop.index0 }}
            {%- else %}
    {{ model_monitor.read_expression(subject.sql, source.columns, source.is_told) }} as v{{ loop.index0 }}
            {%- endif %}
        {%- endfor %}
from {{ source.relation }}
where {{ event_time }} is not null
        {%- if source.where %}
    and ({{ model_monitor.read_expression(source.where, source.columns, source.is_told) }})
        {%- endif %}
        {%- if not source.is_reference %}
    and {{ loaded_at }} <= {{ model_monitor.as_of_timestamp() }}
        {%- endif %}
        {%- if source.bounds %}
    and {{ event_time }} >= {{ source.bounds[0] }}
        {%- if source.bounds[1] is not none %}
    and {{ event_time }} < {{ source.bounds[1] }}
        {%- endif %}
        {%- endif %}
        {%- if derived %}
group by {{ adapter.quote(log.per) }}, date_trunc('day', {{ event_time }})
        {%- endif %}
    {% endif %}
{% endmacro %}

{# 1 if another row of the same day, version and role has the same id, otherwise 0. #}
{% macro _is_repeated(id, own) -%}
{%- set id = adapter.quote(id) -%}
case when {{ id }} is not null then
        case when count(*) over (
            partition by date_trunc('day', {{ own[0] }}), {{ own[1] }}, {{ own[2] }}, {{ id }}
        ) > 1 then 1 else 0 end
    end
{%- endmacro %}

{% macro _has(column, columns) %}
    {{ return(column is not none and (not execute or column | lower in columns)) }}
{% endmacro %}

{% macro _log_time(column, columns) %}
    {% if column is none or (execute and column | lower not in columns) %}
        {{ return('cast(null as timestamp)') }}
    {% endif %}
    {{ return(model_monitor.try_timestamp(
        adapter.quote(column), columns.get(column | lower, 'timestamp')
    ) | trim) }}
{% endmacro %}

{#
    The source of the rows of a log: its relation, columns and filter. bounds: an optional pair of
    SQL timestamps, from (inclusive) and to (exclusive, or none).
#}
{% macro log_source(log, bounds=none) %}
    {{ return({
        'relation': model_monitor.relation(log.relation),
        'columns': model_monitor.log_columns(log),
        'where': log.where,
        'time': log.columns.time,
        'dated': true,
        'is_reference': false,
        'bounds': bounds,
    }) }}
{% endmacro %}
