{{ config(materialized='table') }}
{#- What is not told of protected slices in the touched windows: groups of which something would be
    of too few people, in all tables of the outcome alike, and all of a window that is not final: what
    a run adds to it is of few people, too. -#}
{%- set series = ['window_id', 'slice_name', 'slice_value', 'model_version', 'score', 'class'] %}
{%- set counts = ['row_count', 'labelled_count', 'scored_count', 'decided_count'] %}
{%- set place = ['window_id', 'population', 'slice_name', 'is_size'] %}

with protected as (

    select
        sums.window_id,
        sums.series_id,
        sums.role,
        sums.model_version,
        sums.slice_name,
        sums.slice_value,
        sums.score,
        sums.class,
        sums.is_final,
        sums.row_count,
        sums.labelled_count,
        sums.scored_count,
        sums.true_positives + sums.false_positives + sums.true_negatives + sums.false_negatives
            as decided_count,
        monitors.min_cell
    from {{ ref('model_monitor', 'int_monitor__score_sums') }} as sums
    inner join {{ ref('model_monitor', 'int_monitor__protected_slices') }} as protected_slices
        on sums.monitor = protected_slices.monitor
        and sums.slice_name = protected_slices.slice_name
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on sums.monitor = monitors.monitor

),

parts as (

    {{ model_monitor.parts_of_groups('protected', series, counts, ['is_final', 'min_cell']) }}

),

-- by their size alone, as the volumes of these groups are hidden, and by all that is told of them
cells as (

    {%- for is_size in ['true', 'false'] %}
    select
        window_id,
        {{ model_monitor.population_of('part_role') }} as population,
        slice_name,
        {{ is_size }} as is_size,
        {{ model_monitor.level_of('model_version') }} as level,
        model_version || ' ' || part_role as part,
        slice_value,
        max(row_count) as row_count,
        max(case
            when {{ model_monitor.are_few('row_count') }} then 1
            {%- if is_size == 'false' %}
            when {{ model_monitor.are_few('scored_count') }} then 1
            when is_final and {{ model_monitor.are_few('labelled_count') }} then 1
            when is_final and {{ model_monitor.are_few('decided_count') }} then 1
            {%- endif %}
            else 0
        end) as is_small
    from parts
    {%- if is_size == 'true' %}
    where score = '(label)'
        and part_role not in ('treated', 'untreated')
    {%- endif %}
    group by window_id, part_role, slice_name, model_version, slice_value
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

hidden as (

    {{ model_monitor.hidden_groups('cells', place) }}

),

final as (

    select
        protected.window_id,
        protected.series_id,
        max(case when hidden.slice_value is not null then 1 else 0 end) = 1 as is_small
    from protected
    left join hidden
        on protected.window_id = hidden.window_id
        and {{ model_monitor.population_of('protected.role') }} = hidden.population
        and protected.slice_name = hidden.slice_name
        and protected.slice_value = hidden.slice_value
        and (hidden.level = '(all)' or protected.model_version <> '(all)')
    where hidden.slice_value is not null
        or not protected.is_final
    group by protected.window_id, protected.series_id

)

select * from final
