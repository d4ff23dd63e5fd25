{#
    The label of a slice column's value: null becomes (missing). A value that looks like one of our
    special labels is quoted, so a region called (all) is not mistaken for all rows.
#}
{% macro slice_label(value) -%}
case
    when {{ value }} is null then '(missing)'
    when {{ value }} in ('(all)', '(other)', '(missing)') then '"' || {{ value }} || '"'
    else {{ value }}
end
{%- endmacro %}

{# The label of a category. A value that looks like one of our special labels is quoted, as in slices. #}
{% macro category_label(value) -%}
case
    when {{ value }} in ('(other)', '(missing)', '(invalid)', '(unseen)') then '"' || {{ value }} || '"'
    else {{ value }}
end
{%- endmacro %}

{#
    The number of rows per value of each slice in the reference, before the vocabulary is cut and
    frozen. A combination uses the kept values of its columns; all other values are pooled as
    (other).

        rows   the relation to count
        which  the slices to count
#}
{% macro slice_counts(monitor, log, rows, which) %}
{% set columns = model_monitor.slice_columns(log) %}
{% set limit = monitor.limits.slice_values %}
(
    with labelled_rows as {{ model_monitor.materialized() }} (

        select
            {%- for column in columns %}
            {{ model_monitor.slice_label('d' ~ loop.index0) }} as d{{ loop.index0 }}{{ ',' if not loop.last }}
            {%- endfor %}
        from (
            {{ rows | indent(12) }}
        ) as raw_rows
        where exists (
            select 1
            from asked
            where {{ which }}
                and monitor = {{ model_monitor.text_literal(monitor.name) }}
                and log = {{ model_monitor.text_literal(log.name) }}
        )

    ),
    {% for column in columns %}
    kept_{{ loop.index0 }} as (

        select d{{ loop.index0 }} as kept
        from labelled_rows
        group by d{{ loop.index0 }}
        order by count(*) desc, {{ model_monitor.text_order('d' ~ loop.index0) }}
        limit {{ limit }}

    ),
    {% endfor %}
    reference_rows as (

        select
            {%- for column in columns %}
            case when kept_{{ loop.index0 }}.kept is null then '(other)'
                else labelled_rows.d{{ loop.index0 }} end as d{{ loop.index0 }}{{ ',' if not loop.last }}
            {%- endfor %}
        from labelled_rows
        {%- for column in columns %}
        left join kept_{{ loop.index0 }}
            on labelled_rows.d{{ loop.index0 }} = kept_{{ loop.index0 }}.kept
        {%- endfor %}

    )
    {% for column in columns %}
    select
        {{ model_monitor.text_literal(monitor.name) }} as monitor,
        {{ model_monitor.text_literal(log.name) }} as log,
        {{ model_monitor.text_literal(column) }} as slice_name,
        d{{ loop.index0 }} as slice_value,
        count(*) as row_count
    from reference_rows
    where d{{ loop.index0 }} <> '(other)'
    group by d{{ loop.index0 }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
    {% for slice in log.slices if slice.columns | length > 1 %}
    union all
    select
        {{ model_monitor.text_literal(monitor.name) }} as monitor,
        {{ model_monitor.text_literal(log.name) }} as log,
        {{ model_monitor.text_literal(slice.name) }} as slice_name,
        {{ model_monitor.joined_labels(log, slice) }} as slice_value,
        count(*) as row_count
    from reference_rows
    group by {{ model_monitor.joined_labels(log, slice) }}
    {% endfor %}
)
{% endmacro %}

{# The label of a slice over rows with d0…: region+device is ID+mobile; a + in a value is quoted. #}
{% macro joined_labels(log, slice) -%}
    {%- set columns = model_monitor.slice_columns(log) -%}
    {%- for column in slice.columns -%}
{{ "case when position('+' in d" ~ columns.index(column) ~ ") > 0 then '\"' || d" ~ columns.index(column)
    ~ " || '\"' else d" ~ columns.index(column) ~ " end" if slice.columns | length > 1
    else 'd' ~ columns.index(column) }}{{ " || '+' || " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{# The rows a vocabulary is frozen from: the reference, or the first days if it lacks a slice column. #}
{% macro vocabulary_rows(monitor, log) %}
    {% if model_monitor.vocabulary_kind(monitor, log) == 'reference' %}
{{ model_monitor.reference_rows(monitor, log, []) }}
    {% else %}
        {% set here = 'from ' ~ ref('model_monitor', 'int_monitor__reference_windows')
            ~ ' where monitor = ' ~ model_monitor.text_literal(monitor.name)
            ~ ' and log = ' ~ model_monitor.text_literal(log.name) %}
{{ model_monitor.log_rows(log, [], model_monitor.log_source(
    log, ['(select vocabulary_from ' ~ here ~ ')', '(select vocabulary_to ' ~ here ~ ')']
)) }}
    {% endif %}
{% endmacro %}

{# The rows that a vocabulary is extended from: those logged since a day. #}
{% macro recent_vocabulary_rows(log, day) %}
{{ model_monitor.log_rows(log, [], model_monitor.log_source(
    log, ["cast('" ~ day ~ "' as timestamp)", none]
)) }}
{% endmacro %}

{% macro vocabulary_kind(monitor, log) %}
    {% if model_monitor.reference_kind(monitor, log) == 'training' %}
        {% set found = model_monitor.relation_columns(
            model_monitor.relation(monitor.reference.relation), model_monitor.slice_columns(log)
        ) %}
        {{ return('first_days' if found.absent else 'reference') }}
    {% endif %}
    {{ return('reference') }}
{% endmacro %}
