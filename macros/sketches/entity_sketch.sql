{#
    The exposure of entities (an item, its creator): rows of the predictions per entity, day,
    version, role and slice (single slices only). These rows are not sums: they are kept for some
    weeks, with a number that represents the entity. The coverage row, with version (all) and
    without an entity, shows that a day was counted. A row without an entity is not an exposure.
#}
{% macro entity_columns() %}
    {% set text = model_monitor.type_text() %}
    {{ return([
        ['monitor', text], ['log', text], ['role', text], ['model_version', text],
        ['period_start', 'timestamp'], ['slice_name', text], ['slice_value', text],
        ['entity', text], ['series_id', 'bigint'], ['all_series_id', 'bigint'],
        ['entity_key', 'bigint'], ['exposure_count', 'bigint'],
    ]) }}
{% endmacro %}

{# The number of days for which entity counts are kept, and on which the catalogue is based. #}
{% macro entity_days() %}
    {{ return(35) }}
{% endmacro %}

{% macro catalogue_days() %}
    {{ return(28) }}
{% endmacro %}

{% macro write_entities() %}
    {% do model_monitor.run_statement(model_monitor.before_sketches(this)) %}
    {% for monitor in model_monitor.monitors() if monitor.exposure %}
        {% do model_monitor.run_statement(model_monitor.insert_entities(monitor)) %}
    {% endfor %}
{% endmacro %}

{% macro insert_entities(monitor) %}
    {% set monitor = model_monitor.with_touched_days(
        monitor, 'int_monitor__touched_entities', model_monitor.is_counted_of(monitor)
    ) %}
    {% if monitor is not none %}
        {% set columns = model_monitor.entity_columns() | map(attribute=0) | join(', ') %}
insert into {{ this }} ({{ columns }})
select {{ columns }}
from {{ model_monitor.entity_sketch(monitor) }} as sketch
    {% endif %}
{% endmacro %}

{# One read of the log for all of its entities. #}
{% macro entity_sketch(monitor) %}
{% set log = monitor.logs[0] %}
{% set columns = model_monitor.slice_columns(log) %}
{% set text = model_monitor.type_text() %}
{% set expressions = [] %}
{% for column in monitor.exposure.values() %}
    {% do expressions.append({'sql': adapter.quote(column), 'column': column}) %}
{% endfor %}
{% set slices = [{'name': '(all)', 'columns': []}] %}
{% for slice in log.slices if slice.columns | length == 1 %}
    {% do slices.append(slice) %}
{% endfor %}
(
    with touched as (

        select period_start
        from {{ ref('model_monitor', 'int_monitor__touched_entities') }}
        where {{ model_monitor.is_counted_of(monitor) }}

    ),

    {{ model_monitor._slice_surroundings(log, monitor) | indent(4) }}

    exposures as {{ model_monitor.materialized() }} (

        select
            date_trunc('day', log_rows.event_time) as period_start,
            log_rows.model_version,
            log_rows.role
            {%- for column in columns %},
            coalesce(vocabulary_{{ loop.index0 }}.slice_value, '(other)') as d{{ loop.index0 }}
            {%- endfor %}
            {%- for entity in monitor.exposure %},
            cast(log_rows.v{{ loop.index0 }} as {{ text }}) as e{{ loop.index0 }}
            {%- endfor %}
        from (
            {{ model_monitor.touched_log_rows(log, expressions) | indent(12) }}
        ) as log_rows
        {{- model_monitor.vocabulary_lookups(columns, 'log_rows') | indent(8) }}
        where {{ model_monitor.is_touched(log) }}

    ),

    counted as (

        {%- for entity in monitor.exposure %}
        {%- set is_first = loop.first %}
        {%- set value = 'e' ~ loop.index0 %}
        {%- for slice in slices %}
        {{ 'union all' if not (is_first and loop.first) }}
        select
            {{ model_monitor.text_literal(entity) }} as entity,
            {{ model_monitor.text_literal(slice.name) }} as slice_name,
            {{ model_monitor.vocabulary_label(log, slice) }} as slice_value,
            period_start,
            model_version,
            role,
            {{ value }} as entity_value,
            count(*) as exposure_count
        from exposures
        where {{ value }} is not null
        group by
            {%- if slice.columns %}
            {{ model_monitor.vocabulary_label(log, slice) }},
            {%- endif %}
            period_start,
            model_version,
            role,
            {{ value }}
        {%- endfor %}
        {%- endfor %}

    ),

    coverage as (

        select
            entities.entity,
            slices.slice_name,
            '(all)' as slice_value,
            touched.period_start,
            '(all)' as model_version,
            'live' as role,
            cast(null as {{ text }}) as entity_value,
            0 as exposure_count
        from touched
        cross join (
            values
            {%- for slice in slices %}
            ({{ model_monitor.text_literal(slice.name) }}){{ ',' if not loop.last }}
            {%- endfor %}
        ) as slices (slice_name)
        cross join (
            values
            {%- for entity in monitor.exposure %}
            ({{ model_monitor.text_literal(entity) }}){{ ',' if not loop.last }}
            {%- endfor %}
        ) as entities (entity)

    ),

    outputs as (

        select * from counted
        union all
        select * from coverage

    )

    select
        {{ model_monitor.text_literal(monitor.name) }} as monitor,
        {{ model_monitor.text_literal(log.name) }} as log,
        outputs.role,
        outputs.model_version,
        cast(outputs.period_start as timestamp) as period_start,
        outputs.slice_name,
        outputs.slice_value,
        outputs.entity,
        {%- set key = [
            model_monitor.text_literal(monitor.name), 'outputs.entity', 'outputs.role',
            'outputs.model_version', 'outputs.slice_name', 'outputs.slice_value',
        ] %}
        {{ model_monitor.key_number(key) }} as series_id,
        {{ model_monitor.key_number(key[:3] + ["'(all)'"] + key[4:]) }} as all_series_id,
        case when outputs.entity_value is not null
            then {{ model_monitor.key_number(['outputs.entity_value']) }} end as entity_key,
        cast(outputs.exposure_count as bigint) as exposure_count
    from outputs
    cross join slices_from
    where {{ model_monitor._is_kept_slice('outputs') | indent(4) }}
)
{% endmacro %}
