{#
    The groups of protected slices that are not published on a day, so that no number of fewer than
    min_cell rows is, and none follows from the others by subtraction. `cells` has one row per group of a
    `place` (a day of a population and a slice), `level` and `part`: its row_count, above 0, is_small
    (1 where it is below min_cell) and min_cell.

    The groups of a part add up to a whole that is published, and the parts of a level do: (all) is
    made of live rows with and without treatment, versions of those of each version. So a group is
    published in all parts of a level or in none. Where one is too small, the smallest are hidden,
    until they are at least two that each part has and at least min_cell rows together in each part
    that has any of them: an attacker who subtracts learns one sum of several groups, and not a small one.
#}
{% macro hidden_groups(cells, place) %}
{%- set story = place + ['level'] -%}
{%- set columns = model_monitor.listed_columns('', story) -%}
with sized_groups as (

    select
        {{ columns }},
        slice_value,
        max(is_small) as is_small,
        min(row_count) as min_sample,
        count(*) as part_count
    from {{ cells }}
    group by {{ story | join(', ') }}, slice_value

),

unsafe_parts as (

    select
        {{ columns }},
        count(distinct part) as part_count
    from {{ cells }}
    group by {{ story | join(', ') }}
    having max(is_small) = 1

),

-- a group that a part lacks hides nobody there
candidate_groups as (

    select
        {{ model_monitor.listed_columns('sized_groups', story) }},
        sized_groups.slice_value,
        sized_groups.is_small,
        case
            when sized_groups.part_count = unsafe_parts.part_count then sized_groups.min_sample
            else 0
        end
            as min_sample
    from sized_groups
    inner join unsafe_parts
        on {{ model_monitor.joined_on('sized_groups', 'unsafe_parts', story) }}

),

ordered_groups as (

    select
        {{ columns }},
        slice_value,
        row_number() over (
            partition by {{ story | join(', ') }}
            order by
                is_small desc,
                case when min_sample > 0 then 0 else 1 end asc,
                min_sample asc,
                {{ model_monitor.text_order('slice_value') }} asc
        ) as place_number,
        count(*) over story as group_count,
        sum(is_small) over story + greatest(
            0, 2 - sum(case when is_small = 1 and min_sample > 0 then 1 else 0 end) over story
        ) as least_hidden
    from candidate_groups
    window story as (partition by {{ story | join(', ') }})

),

-- what the first groups of the order have together, in each part that has any of them
first_groups as (

    select
        {{ model_monitor.listed_columns('ends', story) }},
        ends.place_number,
        cells.part,
        sum(cells.row_count) as row_count,
        min(cells.min_cell) as min_cell
    from ordered_groups as ends
    inner join ordered_groups as members
        on {{ model_monitor.joined_on('ends', 'members', story) }}
        and ends.place_number >= members.place_number
    inner join {{ cells }} as cells
        on {{ model_monitor.joined_on('members', 'cells', story + ['slice_value']) }}
    where ends.place_number >= ends.least_hidden
    group by
        {{ model_monitor.listed_columns('ends', story) }},
        ends.place_number,
        cells.part

),

safe_ends as (

    select
        {{ columns }},
        place_number
    from first_groups
    group by {{ story | join(', ') }}, place_number
    having min(row_count - min_cell) >= 0

),

first_safe_ends as (

    select
        {{ columns }},
        min(place_number) as place_number
    from safe_ends
    group by {{ story | join(', ') }}

)

select
    {{ model_monitor.listed_columns('ordered_groups', story) }},
    ordered_groups.slice_value
from ordered_groups
left join first_safe_ends
    on {{ model_monitor.joined_on('ordered_groups', 'first_safe_ends', story) }}
where ordered_groups.place_number <= coalesce(first_safe_ends.place_number, ordered_groups.group_count)
{%- endmacro %}

{#
    The parts that groups are published in, by role; and what nobody publishes but follows: of the live
    rows those without treatment are published too, so that the rest are the treated ones. `counted` has
    one row per group, day, version, role and is_treated, with `counts` to be added up.
#}
{% macro parts_of_groups(counted, group, counts, other) -%}
{%- set columns = group | reject('equalto', 'model_version') | list + other -%}
{%- set roles = ['role', "case when is_treated then 'treated' else 'untreated' end"] -%}
{%- set versions = ['model_version', "'(all)'"] -%}
{%- for version in versions %}
{%- for role in roles %}
{{ 'union all' if not (loop.first and version == versions[0]) }}
    select
        {{ model_monitor.listed_columns('', columns) }},
        {{ version }}{{ ' as model_version' if version != 'model_version' }},
        {{ role }} as part_role
        {%- for name in counts %},
        sum({{ name }}) as {{ name }}
        {%- endfor %}
    from {{ counted }}
    {{ "where role = 'live'" if role != 'role' or version != 'model_version' }}
    group by
        {{ model_monitor.listed_columns('', columns) }},
        {{ role }}{{ ',\n        model_version' if version == 'model_version' }}
{% endfor %}
{%- endfor %}
{%- endmacro %}

{#
    Of the rows of an outcome's tables, those that may be told (int_monitor__suppressed_series). What does not
    depend on labels may be told of windows that are not final, too.
#}
{% macro is_disclosable(sums, of_scores=false) -%}
not exists (
            select 1
            from {{ ref('model_monitor', 'int_monitor__suppressed_series') }} as hidden
            where hidden.window_id = {{ sums }}.window_id
                and hidden.series_id = {{ sums }}.series_id
                {{- ' and hidden.is_small' if of_scores }}
        )
{%- endmacro %}

{# Of what is counted of a log, in rows of its windows and their slices (int_monitor__suppressed_groups). #}
{% macro is_log_disclosable(rows, slices) -%}
not exists (
            select 1
            from {{ ref('model_monitor', 'int_monitor__suppressed_groups') }} as hidden
            where hidden.metric = 'volume'
                and {{ model_monitor.joined_on('hidden', rows, [
                    'monitor', 'log', 'window_name', 'window_end', 'role', 'model_version',
                ]) | replace('\n', '\n        ') }}
                and {{ model_monitor.joined_on('hidden', slices, ['slice_name', 'slice_value'])
                    | replace('\n', '\n        ') }}
        )
{%- endmacro %}

{# More than nobody, and too few. #}
{% macro are_few(count) -%}
{{ count }} > 0 and {{ count }} < min_cell
{%- endmacro %}

{# Whether a version, or all of them together: they add up by themselves. #}
{% macro level_of(version) -%}
case when {{ version }} = '(all)' then '(all)' else 'versions' end
{%- endmacro %}

{# Live rows with treatment and those without are one population. #}
{% macro population_of(role) -%}
case when {{ role }} in ('treated', 'untreated') then 'live' else {{ role }} end
{%- endmacro %}
