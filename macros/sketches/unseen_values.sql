{#
    The values that the reference of a categorical subject lacks: rows per day, version and role.
    The bins count them as one bin. A log is read for them only where the bins of this run hold any,
    and then only those subjects on those days. A day keeps as many values of a subject and role as
    limits.categories, the most frequent ones.
#}
{% macro unseen_value_columns() %}
    {% set text = model_monitor.type_text() %}
    {{ return([
        ['monitor', text], ['log', text], ['role', text], ['model_version', text],
        ['period_start', 'timestamp'], ['subject', text], ['ruler_version', 'integer'],
        ['category', text], ['row_count', 'bigint'], ['first_seen_at', 'timestamp'],
    ]) }}
{% endmacro %}

{% macro write_unseen_values() %}
    {% do model_monitor.run_statement(model_monitor.before_sketches(this)) %}
    {% for monitor in model_monitor.monitors() %}
        {% for log in monitor.logs if model_monitor._categorical(log) %}
            {% do model_monitor.run_statement(model_monitor.insert_unseen_values(monitor, log)) %}
        {% endfor %}
    {% endfor %}
{% endmacro %}

{# The statement for one log; nothing if its touched days have no unseen value. #}
{% macro insert_unseen_values(monitor, log) %}
    {% set here = model_monitor.of_log(monitor, log.name) %}
    {% set days = model_monitor.touched_days(
        'int_monitor__touched_periods',
        here ~ ' and period_start in (' ~ model_monitor._unseen_days(here) ~ ')'
    ) %}
    {% if days is not none %}
        {% set subjects = model_monitor._unseen_subjects(log, here) %}
        {% set log = dict(log, slices=[], days=dict(days, is_all=false) if days else {}) %}
        {% set columns = model_monitor.unseen_value_columns() | map(attribute=0) | join(', ') %}
insert into {{ this }} ({{ columns }})
select {{ columns }}
from {{ model_monitor.unseen_value_rows(monitor, log, subjects) }} as sketch
    {% endif %}
{% endmacro %}

{# The days of a log on which a subject has an unseen value, as a query. #}
{% macro _unseen_days(here, column='period_start') -%}
select {{ column }}
from {{ ref('model_monitor', 'int_monitor__bins') }}
where {{ here }}
    and grain = 'day'
    and slice_name = '(all)'
    and bin = -3
{%- endmacro %}

{% macro _categorical(log) %}
    {{ return(log.subjects | selectattr('type', 'equalto', 'categorical') | list) }}
{% endmacro %}

{# The subjects that have an unseen value on a touched day; all categorical ones if dbt parses. #}
{% macro _unseen_subjects(log, here) %}
    {% set categorical = model_monitor._categorical(log) %}
    {% if not execute %}{{ return(categorical) }}{% endif %}
    {% set found = run_query(
        model_monitor._unseen_days(here, 'distinct subject')
        ~ ' and period_start in (select period_start from '
        ~ ref('model_monitor', 'int_monitor__touched_periods') ~ ' as touched where ' ~ here ~ ')'
    ).columns[0].values() | list %}
    {{ return(categorical | selectattr('name', 'in', found) | list) }}
{% endmacro %}

{% macro unseen_value_rows(monitor, log, subjects) %}
{% set here = model_monitor.of_log(monitor, log.name) %}
{% set text = model_monitor.type_text() %}
(
    with touched as (

        select period_start
        from {{ ref('model_monitor', 'int_monitor__touched_periods') }}
        where {{ here }}
            and period_start in ({{ model_monitor._unseen_days(here) | indent(12) }})

    ),

    categories as (

        select
            subject,
            category
        from {{ ref('model_monitor', 'int_monitor__ruler_categories') }}
        where {{ here }}

    ),

    named_rows as {{ model_monitor.materialized() }} (

        select
            date_trunc('day', event_time) as period_start,
            date_trunc('hour', event_time) as hour_start,
            model_version,
            role
            {%- for subject in subjects %},
            cast(v{{ loop.index0 }} as {{ text }}) as t{{ loop.index0 }}
            {%- endfor %}
        from (
            {{ model_monitor.touched_log_rows(log, subjects) | indent(12) }}
        ) as raw_rows
        where {{ model_monitor.is_touched(log) }}

    ),

    counted as (

        {%- for subject in subjects %}
        {%- set name = model_monitor.text_literal(subject.name) %}
        {%- set value = 'named_rows.t' ~ loop.index0 %}
        {{ 'union all' if not loop.first }}
        select
            cast({{ name }} as {{ text }}) as subject,
            named_rows.period_start,
            named_rows.model_version,
            named_rows.role,
            {{ value }} as category,
            count(*) as row_count,
            min(named_rows.hour_start) as first_seen_at
        from named_rows
        left join categories
            on categories.subject = {{ name }}
            and {{ value }} = categories.category
        where {{ value }} is not null
            and categories.category is null
        group by
            named_rows.period_start,
            named_rows.model_version,
            named_rows.role,
            {{ value }}
        {%- endfor %}

    ),

    -- all versions of a role have the same values, so that they add up
    totals as (

        select
            *,
            sum(row_count) over (
                partition by subject, period_start, role, category
            ) as total_count
        from counted

    ),

    ranked as (

        select
            *,
            dense_rank() over (
                partition by subject, period_start, role
                order by total_count desc, {{ model_monitor.text_order('category') }} asc
            ) as category_rank
        from totals

    )

    select
        {{ model_monitor.text_literal(monitor.name) }} as monitor,
        {{ model_monitor.text_literal(log.name) }} as log,
        ranked.role,
        ranked.model_version,
        cast(ranked.period_start as timestamp) as period_start,
        ranked.subject,
        rulers.ruler_version,
        ranked.category,
        cast(ranked.row_count as bigint) as row_count,
        cast(ranked.first_seen_at as timestamp) as first_seen_at
    from ranked
    inner join {{ ref('model_monitor', 'int_monitor__ruler_subjects') }} as rulers
        on rulers.{{ here | replace('and log', 'and rulers.log') }}
        and ranked.subject = rulers.subject
    where ranked.category_rank <= {{ monitor.limits.categories }}
)
{% endmacro %}
