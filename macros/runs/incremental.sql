{#
    The only incremental strategy of this package. In one transaction it deletes the rows that this
    run touched (the model's meta.replaced_by names the relation that lists them) and inserts the
    new rows. A touched period or window without new rows becomes empty too, which a delete by the
    keys of the new rows would miss.
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
    The relation of a model of this package where a ref is impossible: monitor_watermarks would
    close a cycle, and int_monitor__expiries is upstream of everything that is touched.
#}
{% macro package_relation(name) %}
    {%- set node = graph.nodes['model.model_monitor.' ~ name] -%}
    {{- return(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias)) -}}
{% endmacro %}

{# Deletes the rows that are older than their retention, from any table, by the columns it has. #}
{% macro forget_expired(relation, dest_columns) %}
    delete from {{ relation }} as results
    {{ model_monitor.expired(dest_columns, 'using') }};
{% endmacro %}

{#
    The part of a statement over `results` that joins its expired rows, by the columns that it has:
    after `using`, or as a join.
#}
{% macro expired(dest_columns, meeting) %}
    {%- set names = [] -%}
    {%- for column in dest_columns -%}
        {%- do names.append(column.name | lower) -%}
    {%- endfor -%}
    {%- set time = 'window_start' if 'window_start' in names
        else 'period_time' if 'period_time' in names else 'period_start' -%}
    {%- set is_hour = "results.window_name = 'hour'" if 'window_name' in names
        else "results.grain = 'hour'" if 'grain' in names else '1 = 0' -%}
    {%- set slice = 'results' if 'slice_name' in names or 'dimension' in names
        else 'limits' if 'series_id' in names else none -%}
    {%- set slice_name = (slice or '') ~ ('.dimension' if 'dimension' in names else '.slice_name') -%}
    {{ meeting }} (
        select
            expiries.*
            {%- if slice == 'limits' %},
            series.series_id,
            series.slice_name
            {%- endif %}
        from {{ model_monitor.package_relation('int_monitor__expiries') }} as expiries
        {%- if slice == 'limits' %}
        inner join {{ model_monitor.package_relation('int_monitor__series') }} as series
            on expiries.monitor = series.monitor
            and expiries.log = series.log
        {%- endif %}
    ) as limits
    {{ 'where' if meeting == 'using' else 'on' }} results.monitor = limits.monitor
        and results.log = limits.log
        {%- if slice == 'limits' %}
        and results.series_id = limits.series_id
        {%- endif %}
        and (
            results.{{ time }} < limits.days_from
            or ({{ is_hour }} and results.{{ time }} < limits.hours_from)
        {%- if slice %}
            or ({{ slice_name }} <> '(all)' and results.{{ time }} < limits.slices_from)
        {%- endif %}
        )
{% endmacro %}

{# A statement that deletes rows of a table; nothing if no row matches. #}
{% macro delete_rows(relation, condition) -%}
    {{- return(adapter.dispatch('delete_rows', 'model_monitor')(relation, condition)) -}}
{%- endmacro %}

{% macro default__delete_rows(relation, condition) -%}
    {{- return('delete from ' ~ relation ~ ' where ' ~ condition) -}}
{%- endmacro %}

{#
    The watermarks of the last finished run of each log, or nothing. A run of one monitor leaves
    those of the others unchanged. The watermarks are written at the end of a run and read at the
    start of the next one, so they cannot be a ref (a cycle). A run that died wrote none, and the
    next one repeats its work.
#}
{% macro last_finished_run() %}
    {%- set relation = model_monitor.built_relation('monitor_watermarks') -%}
    {%- if relation is not none -%}
{{ model_monitor.latest_watermarks(relation) }}
    {%- else -%}
select
    cast(null as {{ model_monitor.type_text() }}) as monitor,
    cast(null as {{ model_monitor.type_text() }}) as log,
    cast(null as timestamp) as as_of,
    cast(null as timestamp) as loaded_through,
    cast(null as bigint) as tied_row_count,
    cast(null as timestamp) as complete_through,
    cast(null as bigint) as run_number,
    cast(null as {{ model_monitor.type_text() }}) as run_id
from (select 1 as nothing) as no_run
where 1 = 0
    {%- endif -%}
{% endmacro %}

{# The rows of monitor_watermarks from the last run that finished each log. #}
{% macro latest_watermarks(relation) %}
select finished.*
from {{ relation }} as finished
inner join (
    select
        monitor,
        log,
        max(run_number) as run_number
    from {{ relation }}
    group by monitor, log
) as latest
    on finished.monitor = latest.monitor
    and finished.log = latest.log
    and finished.run_number = latest.run_number
{% endmacro %}

{# The days that the last run marked as suspect; reverting a change clears them. #}
{% macro suspect_days() %}
    {%- set relation = load_relation(model_monitor.package_relation('int_monitor__suspect_days'))
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

{# The days that a run may read, newest first: day_number 0 is the day of as_of. #}
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
