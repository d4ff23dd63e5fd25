{#
    All facts of the rulers, read from the reference in one pass and frozen: quantiles, frequent
    values (points), categories, and the configured edges. One row per fact: subject, fact, name,
    value, row_count. Reads nothing while nothing is pending.
#}
{% macro reference_facts(monitor, log) %}
    {{- return(adapter.dispatch('reference_facts', 'model_monitor')(monitor, log)) -}}
{% endmacro %}

{#
    The facts of a log's rulers from `value_counts` (subject, name, value, is_missing, row_count):
    one pass over the counts, for engines without DuckDB's quantiles. Starts inside a `with`.
#}
{% macro counted_facts(monitor, log) %}
{% set subjects = log.subjects %}
summaries as (

    select
        names.subject,
        coalesce(sum(value_counts.row_count), 0) as row_count,
        coalesce(sum(case when value_counts.is_missing then value_counts.row_count end), 0) as missing,
        coalesce(sum(case when value_counts.value is not null then value_counts.row_count end), 0)
            as valid,
        count(value_counts.value) as distinct_count,
        min(value_counts.value) as lowest,
        max(value_counts.value) as highest
    from (
        values
        {%- for subject in subjects if subject.type != 'categorical' %}
        ({{ model_monitor.text_literal(subject.name) }}),
        {%- endfor %}
        (cast(null as {{ model_monitor.type_text() }}))
    ) as names (subject)
    left join value_counts
        on names.subject = value_counts.subject
    where names.subject is not null
    group by names.subject

),

running as (

    select
        subject,
        value,
        sum(row_count) over (partition by subject order by value) as rows_through,
        row_count
    from value_counts
    where value is not null

),

facts as (

    select
        running.subject,
        'quantile' as fact,
        levels.name,
        running.value,
        cast(null as bigint) as row_count
    from running
    inner join summaries
        on running.subject = summaries.subject
    cross join (
        values
        {%- for level in model_monitor.ruler_levels() %}
        ('{{ level }}', {{ level }}){{ ',' if not loop.last }}
        {%- endfor %}
    ) as levels (name, level)
    where running.rows_through >= levels.level * summaries.valid
        and running.rows_through - running.row_count < levels.level * summaries.valid
    union all
    select
        summaries.subject,
        'rows',
        counts.name,
        cast(null as {{ model_monitor.type_double() }}),
        case counts.name
            when 'rows' then summaries.row_count
            when 'missing' then summaries.missing
            when 'valid' then summaries.valid
            else summaries.distinct_count
        end
    from summaries
    cross join (values ('rows'), ('missing'), ('valid'), ('distinct')) as counts (name)
    union all
    select
        summaries.subject,
        'extreme',
        ends.name,
        case ends.name when 'lowest' then summaries.lowest else summaries.highest end,
        cast(null as bigint)
    from summaries
    cross join (values ('lowest'), ('highest')) as ends (name)
    where summaries.valid > 0
    union all
    select
        value_counts.subject,
        'point',
        cast(null as {{ model_monitor.type_text() }}),
        value_counts.value,
        value_counts.row_count
    from value_counts
    inner join summaries
        on value_counts.subject = summaries.subject
    where value_counts.value is not null
        and value_counts.subject in ({{ model_monitor.text_literals(
            subjects | selectattr('type', 'equalto', 'numeric') | map(attribute='name') | list or ['']
        ) }})
        and (
            value_counts.row_count * 20 >= summaries.valid
            or summaries.distinct_count <= 20
        )
    union all
    select
        value_counts.subject,
        'category',
        value_counts.name,
        cast(null as {{ model_monitor.type_double() }}),
        value_counts.row_count
    from value_counts
    where value_counts.subject in ({{ model_monitor.text_literals(
        subjects | selectattr('type', 'equalto', 'categorical') | map(attribute='name') | list or ['']
    ) }})

)

select
    {{ model_monitor.text_literal(monitor.name) }} as monitor,
    {{ model_monitor.text_literal(log.name) }} as log,
    subject,
    fact,
    name,
    value,
    row_count
from facts
{% endmacro %}
