{#
    Which groups of protected slices are not told, so that nothing of a few people is, and nothing of them
    follows from the others by subtraction. `cells` has one row per group of a `place` (a window of a
    population and a slice), `level` and `part`, with its row_count and is_small: 1 where a number of it
    would be of fewer than min_cell rows, and of more than none.

    Parts of a level add up to a whole that is told: (all) is made of live rows with and without
    treatment, versions of those of each version. So a group is told in all parts of a level or in none;
    and where one is too small, at least two that each part has are left out: with one alone, the whole
    less the others would be it. The next smallest is the other one.
#}
{% macro hidden_groups(cells, place) %}
{%- set story = place + ['level'] -%}
select
        {{ model_monitor.listed_columns('', story) }},
        slice_value
    from (
        select
            *,
            row_number() over (
                partition by {{ story | join(', ') }}
                order by
                    is_small desc,
                    case when least_rows > 0 then 0 else 1 end asc,
                    least_rows asc,
                    {{ model_monitor.text_order('slice_value') }} asc
            ) as place_number,
            sum(is_small) over story as small_count,
            -- what a part lacks hides nobody there
            sum(case when is_small = 1 and least_rows > 0 then 1 else 0 end) over story
                as hiding_count
        from (
            select
                {{ model_monitor.listed_columns('groups', story) | replace('\n', '\n        ') }},
                groups.slice_value,
                groups.is_small,
                case when groups.part_count = parts.part_count then groups.least_rows else 0 end
                    as least_rows
            from (
                select
                    {{ model_monitor.listed_columns('', story) | replace('\n', '\n            ') }},
                    slice_value,
                    max(is_small) as is_small,
                    min(row_count) as least_rows,
                    count(*) as part_count
                from {{ cells }}
                group by {{ story | join(', ') }}, slice_value
            ) as groups
            inner join (
                select
                    {{ model_monitor.listed_columns('', story) | replace('\n', '\n            ') }},
                    count(distinct part) as part_count
                from {{ cells }}
                group by {{ story | join(', ') }}
            ) as parts
                on {{ model_monitor.joined_on('groups', 'parts', story) | replace('\n', '\n        ') }}
        ) as sizes
        window story as (partition by {{ story | join(', ') }})
    ) as ordered
    where small_count > 0
        and place_number <= small_count + greatest(0, 2 - hiding_count)
{%- endmacro %}

{#
    The parts that groups are told in, by role; and what nobody names: live rows less those without
    treatment are the treated ones. `protected` has the rows of groups, of which `counts` are subtracted
    (row_count first) and `other` are as they are.
#}
{% macro parts_of_groups(protected, group, counts, other) -%}
select
        {{ model_monitor.listed_columns('', group) }},
        role as part_role,
        {{ model_monitor.listed_columns('', other + counts) }}
    from {{ protected }}

    union all

    select
        {{ model_monitor.listed_columns('live', group) }},
        'treated' as part_role,
        {{ model_monitor.listed_columns('live', other) }}
        {%- for name in counts %},
        live.{{ name }} - untreated.{{ name }} as {{ name }}
        {%- endfor %}
    from {{ protected }} as live
    inner join {{ protected }} as untreated
        on {{ model_monitor.joined_on('live', 'untreated', group) }}
    where live.role = 'live'
        and untreated.role = 'untreated'
        and live.row_count > untreated.row_count
{%- endmacro %}

{#
    Of the rows of an outcome's tables, those that may be told (int_monitor__hidden_series). What does not
    depend on labels may be told of windows that are not final, too.
#}
{% macro may_be_told(sums, of_scores=false) -%}
not exists (
            select 1
            from {{ ref('model_monitor', 'int_monitor__hidden_series') }} as hidden
            where hidden.window_id = {{ sums }}.window_id
                and hidden.series_id = {{ sums }}.series_id
                {{- ' and hidden.is_small' if of_scores }}
        )
{%- endmacro %}

{# Of what is counted of a log, in rows of its windows and their slices (int_monitor__hidden_groups). #}
{% macro may_be_told_of_log(rows, slices) -%}
not exists (
            select 1
            from {{ ref('model_monitor', 'int_monitor__hidden_groups') }} as hidden
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
