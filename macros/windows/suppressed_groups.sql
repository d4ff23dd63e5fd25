{#
    The groups of protected slices that are not published on a day. No published number then covers
    fewer than min_cell rows, and none can be derived from the others by subtraction. `cells` has
    one row per group of a `place` (a day of a population and a slice), `level` and `part`: its
    row_count, above 0, is_small (1 where it is below min_cell) and min_cell.

    The groups of a part add up to a published total, and so do the parts of a level: (all) consists
    of treated and untreated live rows, versions of those of each version. So a group is published
    in all parts of a level or in none. Where one is too small, the smallest groups are suppressed
    until two conditions hold: at least two of them occur in every part, and each part that has any
    of them has at least min_cell rows in them. An attacker who subtracts learns one sum of several
    groups, and not a small one.
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

-- a group that does not occur in every part protects nobody in the parts without it
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

-- the total of the first groups of the order, in each part that has any of them
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
    The parts in which groups are published, by role, and the parts that can be derived. Untreated
    live rows are published too, so the difference is the treated rows. `counted` has one row per
    group, day, version, role and is_treated; `counts` are its columns to add up.
#}
{% macro parts_of_groups(counted, group, counts, other) -%}
{%- set columns = group | reject('equalto', 'model_version') | list + other -%}
{%- set version = "case when totals.of_versions = 'each' then model_version else '(all)' end" -%}
{%- set part_role %}case
            when totals.of_roles = 'each' then role
            when is_treated then 'treated'
            else 'untreated'
        end{% endset -%}
select
        {{ model_monitor.listed_columns('', columns) }},
        {{ version }} as model_version,
        {{ part_role }} as part_role
        {%- for name in counts %},
        sum({{ name }}) as {{ name }}
        {%- endfor %}
    from {{ counted }}
    cross join (
        values ('each', 'each'), ('each', 'by treatment'), ('all', 'each'), ('all', 'by treatment')
    ) as totals (of_versions, of_roles)
    where role = 'live'
        or (totals.of_versions = 'each' and totals.of_roles = 'each')
    group by
        {{ model_monitor.listed_columns('', columns) }},
        totals.of_versions,
        totals.of_roles,
        {{ version }},
        {{ part_role }}
{%- endmacro %}

{#
    Whether a row of an outcome's tables may be published (int_monitor__suppressed_series). Measures
    that do not depend on labels may also be published for windows that are not final.
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

{#
    Whether a count of a log may be published, for rows of its windows and slices
    (int_monitor__suppressed_groups).
#}
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

{# Above zero and below the limit. #}
{% macro are_few(count) -%}
{{ count }} > 0 and {{ count }} < min_cell
{%- endmacro %}

{# Either one version or all versions together: each level adds up by itself. #}
{% macro level_of(version) -%}
case when {{ version }} = '(all)' then '(all)' else 'versions' end
{%- endmacro %}

{# Treated and untreated live rows are one population. #}
{% macro population_of(role) -%}
case when {{ role }} in ('treated', 'untreated') then 'live' else {{ role }} end
{%- endmacro %}
