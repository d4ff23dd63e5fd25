{#
    Whether a count may be published (docs/decisions/0034-small-cells.md). A count from 1 to
    min_cell - 1 may not. If the rest of `total` would then be as small, the smallest other count
    may not either. The counts of a `whole` are parts of its `total`; min_cell is a column of the
    rows; `order` breaks ties. The expression holds window functions: use it in a select list, and
    once per count.
#}
{% macro is_publishable(count, total, whole, order) -%}
{%- set left = total ~ ' - sum(case when ' ~ count ~ ' >= min_cell then ' ~ count
    ~ ' else 0 end) over (partition by ' ~ whole | join(', ') ~ ')' -%}
coalesce({{ count }} = 0 or (
            {{ count }} >= min_cell
            and not (
                row_number() over (
                    partition by {{ whole | join(', ') }}
                    order by case when {{ count }} >= min_cell then 0 else 1 end, {{ count }}, {{ order }}
                ) = 1
                and {{ left }} > 0
                and {{ left }} < min_cell
            )
        ), false)
{%- endmacro %}

{#
    The rows (with monitor and slice_name) outside protected slices. For a where clause: Spark
    allows a subquery nowhere else.
#}
{% macro is_unprotected(rows) -%}
({{ rows }}.monitor, {{ rows }}.slice_name) not in (
            {{ model_monitor.protected_slices() }}
        )
{%- endmacro %}

{# The monitor and name of the protected slices, for `not in`. #}
{% macro protected_slices() -%}
select
                monitor,
                slice_name
            from {{ ref('model_monitor', 'int_monitor__protected_slices') }}
{%- endmacro %}

{#
    The rows (with monitor, log and subject) whose subject is not a protected column. The bins of a
    protected subject are the groups, so nothing is published about them. For a where clause.
#}
{% macro is_unprotected_subject(rows) -%}
({{ rows }}.monitor, {{ rows }}.log, {{ rows }}.subject) not in (
            {{ model_monitor.protected_subjects() }}
        )
{%- endmacro %}

{# The monitor, log and name of these subjects, for `not in`. #}
{% macro protected_subjects() -%}
select
                monitor,
                log,
                subject
            from {{ ref('model_monitor', 'int_monitor__subjects') }}
            where is_protected
{%- endmacro %}
