{#
    The one incremental strategy of this package: what this run touched (the relation named by the
    model's meta.replaced_by) is deleted, what it counted is inserted, in one transaction. A touched period or window that has nothing left in it is emptied
    all the same, which a delete by the new rows' keys would miss.
#}
{% macro get_incremental_touched_sql(arg_dict) %}
    {{- return(adapter.dispatch('get_incremental_touched_sql', 'model_monitor')(arg_dict)) -}}
{% endmacro %}

{% macro default__get_incremental_touched_sql(arg_dict) %}
    {%- set keys = arg_dict['unique_key'] -%}
    {%- set touched = ref('model_monitor', model.config.meta['replaced_by']) -%}
    {%- set columns = [] -%}
    {%- for column in arg_dict['dest_columns'] -%}
        {%- do columns.append(adapter.quote(column.name)) -%}
    {%- endfor -%}
    {%- set columns = columns | join(', ') -%}
    delete from {{ arg_dict['target_relation'] }}
    where ({{ keys | join(', ') }}) in (select {{ keys | join(', ') }} from {{ touched }});

    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }};

    {% if ('period_start' in keys or 'window_end' in keys) and not model.config.meta.get('is_kept') -%}
    {{ model_monitor.forget_expired(arg_dict['target_relation'], arg_dict['dest_columns']) }}
    {%- endif %}
{% endmacro %}

{#
    The relation of a model of this package, where a ref cannot stand: monitor_watermarks closes a
    circle, int_monitor__expiries is upstream of everything that is touched.
#}
{% macro package_relation(name) %}
    {%- set node = graph.nodes['model.model_monitor.' ~ name] -%}
    {{- return(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias)) -}}
{% endmacro %}

{# What is older than its retention is deleted from every table alike, by the columns it has. #}
{% macro forget_expired(relation, dest_columns) %}
    {%- set names = [] -%}
    {%- for column in dest_columns -%}
        {%- do names.append(column.name | lower) -%}
    {%- endfor -%}
    {%- set time = 'window_start' if 'window_start' in names
        else 'period_time' if 'period_time' in names else 'period_start' -%}
    {%- set is_hour = "results.window_name = 'hour'" if 'window_name' in names
        else "results.grain = 'hour'" if 'grain' in names else '1 = 0' -%}
    {%- set slice = 'results' if 'slice_name' in names else 'series' if 'series_id' in names else none %}
    delete from {{ relation }} as results
    using {{ model_monitor.package_relation('int_monitor__expiries') }} as expiries
        {%- if slice == 'series' %},
        {{ model_monitor.package_relation('int_monitor__series') }} as series
        {%- endif %}
    where results.monitor = expiries.monitor
        and results.log = expiries.log
        {%- if slice == 'series' %}
        and results.series_id = series.series_id
        {%- endif %}
        and (
            results.{{ time }} < expiries.days_from
            or ({{ is_hour }} and results.{{ time }} < expiries.hours_from)
        {%- if slice %}
            or ({{ slice }}.slice_name <> '(all)' and results.{{ time }} < expiries.slices_from)
            or ({{ is_hour }} and strpos({{ slice }}.slice_name, '+') > 0
                and results.{{ time }} < expiries.hour_combinations_from)
        {%- endif %}
        );
{% endmacro %}

{#
    What the last finished run left behind, or nothing. The watermarks are written at the end of a run
    and read at the start of the next one, so they cannot be a ref (a circle); a run that died wrote
    none, and the next one does its work again.
#}
{% macro last_finished_run() %}
    {%- if execute -%}
        {%- set relation = load_relation(model_monitor.package_relation('monitor_watermarks')) -%}
        {%- if relation is not none -%}
select
    monitor,
    log,
    as_of,
    loaded_through,
    tied_row_count,
    complete_through,
    run_number
from {{ relation }}
where run_number = (select max(run_number) from {{ relation }})
        {%- endif -%}
    {%- endif -%}
    {%- if not execute or relation is none %}
select
    cast(null as {{ model_monitor.type_text() }}) as monitor,
    cast(null as {{ model_monitor.type_text() }}) as log,
    cast(null as timestamp) as as_of,
    cast(null as timestamp) as loaded_through,
    cast(null as bigint) as tied_row_count,
    cast(null as timestamp) as complete_through,
    cast(null as bigint) as run_number
from (select 1 as nothing) as no_run
where 1 = 0
    {%- endif -%}
{% endmacro %}

{# The days that were suspect when the last run looked at them: a change taken back clears them. #}
{% macro suspect_days() %}
    {%- set relation = load_relation(model_monitor.package_relation('int_monitor__suspects'))
        if execute else none -%}
select distinct
    {%- if relation is none %}
    cast(null as {{ model_monitor.type_text() }}) as monitor,
    cast(null as {{ model_monitor.type_text() }}) as log,
    cast(null as timestamp) as period_start
from (select 1 as nothing) as no_run
where 1 = 0
    {%- else %}
    monitor,
    log,
    period_start
from {{ relation }}
where is_suspect
    {%- endif %}
{% endmacro %}

{# The days a run may look at, newest first: day_number 0 is the day of as_of. #}
{% macro recent_days(count) %}
select
    day_number,
    {{ dbt.dateadd('day', '-1 * day_number', "date_trunc('day', " ~ model_monitor.as_of_timestamp() ~ ")") }}
        as day_start
from (
    select cast(
        ones.digit + 10 * tens.digit + 100 * hundreds.digit + 1000 * thousands.digit as integer
    ) as day_number
    from (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as ones (digit)
    cross join (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as tens (digit)
    cross join (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as hundreds (digit)
    cross join (values (0), (1), (2), (3)) as thousands (digit)
) as day_numbers
where day_number < {{ count }}
{% endmacro %}
