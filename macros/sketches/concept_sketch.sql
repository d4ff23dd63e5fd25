{#
    The observed outcomes by feature value, over all rows (no slices): matured and labelled
    predictions per binary outcome, subject, group of its bins, day, version, role and arm. Only for
    scores and watched features (docs/start/configuration.md): each adds one row per prediction that
    is read.
#}
{% macro concept_columns() %}
    {% set text = model_monitor.type_text() %}
    {{ return([
        ['monitor', text], ['log', text], ['outcome', text], ['role', text], ['arm', text],
        ['model_version', text], ['period_start', 'timestamp'], ['subject', text],
        ['ruler_version', 'integer'], ['bin_group', 'integer'], ['labelled_count', 'bigint'],
        ['event_count', 'bigint'],
    ]) }}
{% endmacro %}

{# The binary outcomes that a score predicts. #}
{% macro concept_outcomes(monitor) %}
    {% set found = [] %}
    {% for outcome in model_monitor.outcomes_of(monitor)
        if outcome.entries and outcome['value'] == 'binary' %}
        {% do found.append(outcome) %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}

{% macro concept_subjects(monitor) %}
    {{ return(monitor.logs[0].subjects | selectattr('watch') | selectattr('kind', 'in', ['score', 'feature']) | list) }}
{% endmacro %}

{% macro write_concepts() %}
    {% do model_monitor.run_statement(model_monitor.before_sketches(this)) %}
    {% for monitor in model_monitor.monitors() %}
        {% for outcome in model_monitor.concept_outcomes(monitor) %}
            {% do model_monitor.run_statement(model_monitor.insert_concepts(monitor, outcome)) %}
        {% endfor %}
    {% endfor %}
{% endmacro %}

{% macro insert_concepts(monitor, outcome) %}
    {% set monitor = model_monitor.with_outcome_days(monitor, outcome) %}
    {% if monitor is not none %}
        {% set columns = model_monitor.concept_columns() | map(attribute=0) | join(', ') %}
insert into {{ this }} ({{ columns }})
select {{ columns }}
from {{ model_monitor.concept_sketch(monitor, outcome) }} as sketch
    {% endif %}
{% endmacro %}

{% macro concept_sketch(monitor, outcome) %}
{% set log = monitor.logs[0] %}
{% set subjects = model_monitor.concept_subjects(monitor) %}
{% set reads = model_monitor._outcome_reads(log, dict(outcome, entries=[])) %}
{% set first = reads.expressions | length %}
{% for subject in subjects %}
    {% do reads.expressions.append({'sql': subject.sql, 'column': subject.column}) %}
{% endfor %}
{% set plain = dict(log, slices=[]) %}
{% set rows = model_monitor.touched_log_rows(plain, reads.expressions) %}
{% set types = model_monitor.touched_value_types(rows, reads.expressions | length) %}
{% set text = model_monitor.type_text() %}
{% set double = model_monitor.type_double() %}
{% set names = subjects | map(attribute='name') | list %}
{% set here = 'bins.monitor = ' ~ model_monitor.text_literal(monitor.name)
    ~ ' and bins.log = ' ~ model_monitor.text_literal(log.name)
    ~ ' and bins.subject in (' ~ model_monitor.text_literals(names) ~ ')' %}
(
    with {{ model_monitor._outcome_surroundings(monitor, outcome) | indent(4) }}

    {{ model_monitor._labelled_predictions(monitor, outcome, reads, rows, types) | indent(4) }}

    labelled_rows as {{ model_monitor.materialized() }} (

        select
            *,
            date_trunc('day', event_time) as day_start,
            case when is_in_time then label_value else {{ model_monitor._otherwise(outcome) }} end as y
        from clocked
        where is_matured

    ),

    -- adjacent bins of one group are one range
    placed_bins as (

        select
            bins.subject,
            bins.bin_group,
            case
                when bins.lower_edge = bins.upper_edge
                    then {{ model_monitor.previous_double('bins.lower_edge') }}
                else bins.lower_edge
            end as lower_edge,
            bins.upper_edge,
            row_number() over (partition by bins.subject order by bins.bin)
            - row_number() over (partition by bins.subject, bins.bin_group order by bins.bin) as island
        from {{ ref('model_monitor', 'int_monitor__ruler_bins') }} as bins
        where {{ here }}
            and bins.bin between 0 and 999
            and bins.upper_edge is not null

    ),

    ranges as {{ model_monitor.materialized() }} (

        select
            subject,
            bin_group,
            min(lower_edge) as lower_edge,
            max(upper_edge) as upper_edge
        from placed_bins
        group by subject, bin_group, island

    ),

    categories as {{ model_monitor.materialized() }} (

        select
            bins.subject,
            categories.category,
            bins.bin_group
        from {{ ref('model_monitor', 'int_monitor__ruler_bins') }} as bins
        inner join {{ ref('model_monitor', 'int_monitor__ruler_categories') }} as categories
            on bins.monitor = categories.monitor
            and bins.log = categories.log
            and bins.subject = categories.subject
            and bins.bin = categories.bin
        where {{ here }}

        union

        select
            bins.subject,
            bins.category,
            bins.bin_group
        from {{ ref('model_monitor', 'int_monitor__ruler_bins') }} as bins
        where {{ here }}
            and bins.category in ('true', 'false')

    ),

    grouped as (

        {%- for subject in subjects %}
        {%- set value = 'labelled_rows.v' ~ (first + loop.index0) %}
        {%- set data_type = types[first + loop.index0] %}
        {%- set name = model_monitor.text_literal(subject.name) %}
        {{ 'union all' if not loop.first }}
        select
            labelled_rows.day_start,
            labelled_rows.model_version,
            labelled_rows.role,
            labelled_rows.arm,
            {{ name }} as subject,
            found.bin_group,
            count(*) as labelled_count,
            sum(case when labelled_rows.y = 1 then 1 else 0 end) as event_count
        from labelled_rows
        {%- if subject.type == 'numeric' %}
        {%- set x = model_monitor.try_double(value, data_type) | trim %}
        inner join ranges as found
            on found.subject = {{ name }}
            and {{ x }} > found.lower_edge
            and {{ x }} <= found.upper_edge
            and {{ model_monitor.is_valid_number(subject, x) }}
        {%- else %}
        inner join categories as found
            on found.subject = {{ name }}
            and found.category = {{ model_monitor.category_label('cast(' ~ value ~ ' as ' ~ text ~ ')') | trim
                if subject.type == 'categorical'
                else 'case when ' ~ model_monitor.try_boolean(value, data_type) ~ " then 'true' when not "
                    ~ model_monitor.try_boolean(value, data_type) ~ " then 'false' end" }}
        {%- endif %}
        where labelled_rows.y is not null
        group by
            labelled_rows.day_start,
            labelled_rows.model_version,
            labelled_rows.role,
            labelled_rows.arm,
            found.bin_group
        {%- endfor %}

    )

    select
        {{ model_monitor.text_literal(monitor.name) }} as monitor,
        {{ model_monitor.text_literal(outcome.log) }} as log,
        {{ model_monitor.text_literal(outcome.name) }} as outcome,
        grouped.role,
        grouped.arm,
        grouped.model_version,
        cast(grouped.day_start as timestamp) as period_start,
        grouped.subject,
        rulers.ruler_version,
        cast(grouped.bin_group as integer) as bin_group,
        cast(grouped.labelled_count as bigint) as labelled_count,
        cast(grouped.event_count as bigint) as event_count
    from grouped
    inner join {{ ref('model_monitor', 'int_monitor__ruler_subjects') }} as rulers
        on rulers.monitor = {{ model_monitor.text_literal(monitor.name) }}
        and rulers.log = {{ model_monitor.text_literal(log.name) }}
        and grouped.subject = rulers.subject
)
{% endmacro %}
