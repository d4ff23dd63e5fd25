{#
    Everything a ruler is made of, read from the reference in one pass and frozen: quantiles, frequent
    values (points), categories, and the edges that the configuration asks for. One row per fact:
    subject, fact, name, value, row_count. Reads nothing while nothing is pending.
#}
{% macro reference_facts(monitor, log) %}
    {{- return(adapter.dispatch('reference_facts', 'model_monitor')(monitor, log)) -}}
{% endmacro %}

{% macro duckdb__reference_facts(monitor, log) %}
{% set subjects = log.subjects %}
{% set here = model_monitor.of_log(monitor, log.name) %}
(
    with reference_rows as materialized (

        select
            row_number() over () as row_id
            {%- for subject in subjects %},
            {%- if subject.type == 'categorical' %}
            cast(v{{ loop.index0 }} as varchar) as t{{ loop.index0 }}
            {%- else %}
            case when {{ model_monitor.is_valid_number(subject, 'x' ~ loop.index0) }}
                then x{{ loop.index0 }} + 0.0 end as x{{ loop.index0 }},
            v{{ loop.index0 }} is null as m{{ loop.index0 }}
            {%- endif %}
            {%- endfor %}
        from (
            select
                *
                {%- for subject in subjects if subject.type != 'categorical' %},
                {%- set k = subjects.index(subject) %}
                {{ model_monitor.subject_number(subject, 'v' ~ k) }} as x{{ k }}
                {%- endfor %}
            from (
                {{ model_monitor.reference_rows(monitor, log, subjects) | indent(16) }}
            ) as raw_rows
            where exists (select 1 from pending where {{ here }})
        ) as typed_rows

    ),

    summaries as (

        select
            unnest([
                {%- for subject in subjects if subject.type != 'categorical' %}
                {%- set k = subjects.index(subject) %}
                {
                    'subject': {{ model_monitor.text_literal(subject.name) }},
                    'row_count': count(*),
                    'missing': count(*) filter (where m{{ k }}),
                    'valid': count(x{{ k }}),
                    'distinct_count': count(distinct x{{ k }}),
                    'lowest': min(x{{ k }}),
                    'highest': max(x{{ k }}),
                    'quantiles': quantile_disc(x{{ k }}, {{ model_monitor.ruler_levels() }})
                },
                {%- endfor %}
                {
                    'subject': '',
                    'row_count': count(*),
                    'missing': 0,
                    'valid': 0,
                    'distinct_count': 0,
                    'lowest': cast(null as double),
                    'highest': cast(null as double),
                    'quantiles': [cast(null as double)]
                }
            ]) as summary
        from reference_rows

    ),

    value_counts as (

        select '' as subject, 0.0 as value, 0 as row_count where 1 = 0
        {%- for subject in subjects if subject.type == 'numeric' %}
        {%- set k = subjects.index(subject) %}
        union all
        select
            {{ model_monitor.text_literal(subject.name) }} as subject,
            x{{ k }} as value,
            count(*) as row_count
        from reference_rows
        where x{{ k }} is not null
        group by x{{ k }}
        {%- endfor %}

    ),

    points as (

        select
            value_counts.subject,
            value_counts.value,
            value_counts.row_count
        from value_counts
        inner join summaries
            on value_counts.subject = summaries.summary.subject
        where value_counts.row_count * 20 >= summaries.summary.valid
            or summaries.summary.distinct_count <= 20

    ),

    categories as (

        select '' as subject, '' as name, 0 as row_count where 1 = 0
        {%- for subject in subjects if subject.type == 'categorical' %}
        {%- set k = subjects.index(subject) %}
        union all
        select
            {{ model_monitor.text_literal(subject.name) }} as subject,
            t{{ k }} as name,
            count(*) as row_count
        from reference_rows
        group by t{{ k }}
        {%- endfor %}

    ),

    facts as (

        select
            summary.subject,
            'quantile' as fact,
            unnest({{ model_monitor.ruler_levels() | map('string') | list }}) as name,
            unnest(summary.quantiles) as value,
            cast(null as bigint) as row_count
        from summaries
        where summary.valid > 0
        union all
        select summary.subject, 'rows', 'rows', null, summary.row_count
        from summaries where summary.subject <> ''
        union all
        select summary.subject, 'rows', 'missing', null, summary.missing
        from summaries where summary.subject <> ''
        union all
        select summary.subject, 'rows', 'valid', null, summary.valid
        from summaries where summary.subject <> ''
        union all
        select summary.subject, 'rows', 'distinct', null, summary.distinct_count
        from summaries where summary.subject <> ''
        union all
        select summary.subject, 'extreme', 'lowest', summary.lowest, null
        from summaries where summary.valid > 0
        union all
        select summary.subject, 'extreme', 'highest', summary.highest, null
        from summaries where summary.valid > 0
        union all
        select subject, 'point', null, value, row_count from points
        union all
        select subject, 'category', name, null, row_count from categories

    )

    select
        {{ model_monitor.text_literal(monitor.name) }} as monitor,
        {{ model_monitor.text_literal(log.name) }} as log,
        facts.subject,
        facts.fact,
        facts.name,
        facts.value,
        facts.row_count
    from facts
)
{% endmacro %}

{#
    The facts of a log's rulers out of `value_counts` (subject, name, value, is_missing, row_count): one
    pass over what is counted, for engines without DuckDB's quantiles. Begins inside a `with`.
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
