{#
    A bug of DuckDB 2.0.0: `create table as` creates a table without rows, and the same transaction
    inserts rows with several threads in order (122,880 or more). A filter that uses statistics then
    misses these rows: `count(*)` counts them, `where bin = 0` finds none. Inserting and deleting
    one row first repairs the statistics.
#}
{% macro duckdb__before_sketches(relation) -%}
    insert into {{ relation }} default values;
    delete from {{ relation }} where monitor is null
{%- endmacro %}

{% macro duckdb__bin_sketch(monitor, log, kind) %}
{% set columns = model_monitor.slice_columns(log) %}
{% set subjects = log.subjects %}
{% set numeric = subjects | selectattr('type', 'equalto', 'numeric') | list %}
{% set here = model_monitor.of_log(monitor, log.name) %}
{% set has_hours = 'hour' in monitor.windows and kind == 'log' %}
{% set scans = model_monitor.sketch_scans(log, has_hours) %}
{% set infinity = "cast('Infinity' as double)" %}
{% set cells = model_monitor._duckdb_few_cells(numeric, here) %}
(
    with touched as (

        {{ model_monitor.touched_rows(monitor, log, kind) | indent(8) }}

    ),

    ruler_edges as (

        select
            bins.subject,
            list(coalesce(bins.upper_edge, bins.bin) order by bins.bin) filter (where bins.bin < 1000) as fine_edges,
            list(bins.upper_edge order by bins.bin) filter (where bins.bin >= 1000) as cell_edges,
            max(rulers.center) as center,
            max(rulers.scale) as scale
        from {{ ref('model_monitor', 'int_monitor__ruler_bins') }} as bins
        inner join {{ ref('model_monitor', 'int_monitor__ruler_subjects') }} as rulers
            on bins.monitor = rulers.monitor
            and bins.log = rulers.log
            and bins.subject = rulers.subject
        where bins.{{ here | replace('and log', 'and bins.log') }}
            and bins.bin >= 0
        group by bins.subject

    ),

    -- one row beside each log row: edges (e fine, g cells), center and scale of every subject. A
    -- value that is missing or invalid has a bin of its own: it counts as infinite, and every other
    -- value is finite
    ruler as materialized (

        select
            {%- for subject in subjects %}
            {%- set i = loop.index0 %}
            {%- set name = model_monitor.text_literal(subject.name) %}
            {{ model_monitor._duckdb_edges('first(fine_edges) filter (where subject = ' ~ name ~ ')') }} as e{{ i }},
            {%- if subject.type == 'numeric' %}
            {{ model_monitor._duckdb_edges('first(cell_edges) filter (where subject = ' ~ name ~ ')') }} as g{{ i }},
            {%- endif %}
            max(center) filter (where subject = {{ name }}) as c{{ i }},
            max(scale) filter (where subject = {{ name }}) as k{{ i }}
            {{- ',' if not loop.last }}
            {%- endfor %}
        from ruler_edges

    ),

    categories as materialized (

        select
            subject,
            category,
            cast(bin as double) as bin
        from {{ ref('model_monitor', 'int_monitor__ruler_categories') }}
        where {{ here }}

    ),

    vocabulary as materialized (

        select
            slice_name,
            slice_value
        from {{ ref('model_monitor', 'int_monitor__vocabulary') }}
        where {{ here }}

    ),

    raw_rows as (

        {{ model_monitor.sketched_rows(monitor, log, subjects, kind) | indent(8) }}

    ),

    typed_rows as (

        select
            *
            {%- for subject in subjects if subject.type != 'categorical' %},
            {%- set i = subjects.index(subject) %}
            {{ model_monitor.subject_number(subject, 'v' ~ i) }} as x{{ i }}
            {%- endfor %}
        from raw_rows
        where {{ model_monitor.is_touched(log, kind) }}

    ),

    placed_rows as (

        select
            date_trunc('day', typed_rows.event_time) as day_start,
            {%- if has_hours %}
            date_trunc('hour', typed_rows.event_time) as hour_start,
            {%- endif %}
            {%- if kind == 'log' %}
            typed_rows.model_version,
            typed_rows.role,
            typed_rows.arm
            {%- else %}
            '(all)' as model_version,
            'reference' as role,
            '' as arm
            {%- endif %}
            {%- for column in columns %},
            case
                when vocabulary_{{ loop.index0 }}.slice_value is null then '(other)'
                else vocabulary_{{ loop.index0 }}.slice_value
            end as d{{ loop.index0 }}
            {%- endfor %}
            {%- for subject in subjects %},
            {%- set i = loop.index0 %}
            {%- if subject.type == 'categorical' %}
            categories_{{ i }}.bin as x{{ i }},
            coalesce(
                categories_{{ i }}.bin, case when typed_rows.v{{ i }} is not null then {{ infinity }} end
            ) as b{{ i }}
            {%- else %}
            case when {{ model_monitor.is_valid_number(subject, 'typed_rows.x' ~ i) }}
                then typed_rows.x{{ i }} + 0.0 end as x{{ i }},
            case
                when {{ model_monitor.is_valid_number(subject, 'typed_rows.x' ~ i) }} then typed_rows.x{{ i }} + 0.0
                when typed_rows.v{{ i }} is not null then {{ infinity }}
            end as b{{ i }}
            {%- endif %}
            {%- endfor %}
        from typed_rows
        {{- model_monitor.vocabulary_lookups(columns, 'typed_rows') | indent(8) }}
        {%- for subject in subjects if subject.type == 'categorical' %}
        {%- set i = subjects.index(subject) %}
        left join categories as categories_{{ i }}
            on categories_{{ i }}.subject = {{ model_monitor.text_literal(subject.name) }}
            and categories_{{ i }}.category = cast(typed_rows.v{{ i }} as varchar)
        {%- endfor %}

    ),

    scaled_rows as (

        select
            placed_rows.*,
            ruler.*
            {%- for subject in numeric %},
            {%- set i = subjects.index(subject) %}
            (placed_rows.x{{ i }} - ruler.c{{ i }}) / ruler.k{{ i }} as scales_{{ i }},
            case
                when abs(scales_{{ i }}) <= 1e6 then scales_{{ i }}
                when scales_{{ i }} > 0 then 1e6
                when scales_{{ i }} < 0 then -1e6
            end as u{{ i }}
            {%- endfor %}
        from placed_rows
        cross join ruler

    ),

    -- every scan reads these rows as they pass, and none may wait for another. DuckDB then hands
    -- each row to all scans and stores none (storing them takes longer than a scan, and gigabytes)
    log_rows as materialized (

        select
            *
            {%- for subject in numeric %},
            {%- set i = subjects.index(subject) %}
            {{ model_monitor._duckdb_millionths('u' ~ i) }} as q{{ i }},
            {{ model_monitor._duckdb_millionths('u' ~ i ~ ' * u' ~ i) }} as r{{ i }}
            {%- for edge in cells.get(subject.name, []) %},
            b{{ i }} <= {{ edge }} as l{{ i }}_{{ loop.index }}
            {%- endfor %}
            {%- endfor %}
        from scaled_rows

    ),
    {% for scan in scans %}
    scan_{{ loop.index0 }} as (

        select
            {{ scan.grain }}_start as period_time,
            model_version,
            role,
            arm
            {%- for column in scan.columns %},
            d{{ columns.index(column) }}
            {%- endfor %},
            count(*) as row_count,
            {%- set parts = [] %}
            {%- for subject in scan.subjects %}
            {%- set i = subjects.index(subject) %}
            {%- do parts.append(model_monitor._duckdb_subject_counts(
                subject, i, subject in scan.fine or subject.type != 'numeric', not scan.columns,
                cells.get(subject.name))) %}
            {%- endfor %}
            [
                {{ parts | join(',\n                ') }}
            ] as counted
        from log_rows
        group by all

    ),

    {%- if scan.grain == 'hour' and scan.columns %}
    -- an hour of a slice with too few rows to be evaluated is not stored
    kept_{{ loop.index0 }} as (

        select *
        from scan_{{ loop.index0 }}
        qualify sum(row_count) over (
            partition by period_time{% for column in scan.columns %}, d{{ columns.index(column) }}{% endfor %}
        ) >= {{ monitor.limits.min_rows if scan.columns | length == 1 else monitor.limits.min_cell }}

    ),
    {%- endif %}

    counted_{{ loop.index0 }} as materialized (

        select
            * exclude (counted),
            unnest(counted, max_depth := 2)
        from {{ 'kept' if scan.grain == 'hour' and scan.columns else 'scan' }}_{{ loop.index0 }}

    ),

    binned_{{ loop.index0 }} as (

        {{ model_monitor._duckdb_binned('counted_' ~ loop.index0) | indent(8) }}

    ),
    {%- if scan.grain == 'hour' and not scan.columns %}

    hour_cells as (

        select
            subject,
            list({'first': first_bin, 'last': last_bin} order by cell_bin) as cells
        from (
            select
                subject,
                cell_bin,
                min(bin) + 1 as first_bin,
                max(bin) + 1 as last_bin
            from ({{ model_monitor.hour_cells(monitor, log) | indent(12) }}
            ) as bins_of_cells
            group by subject, cell_bin
        ) as cells
        group by subject

    ),

    counted_hours as (

        select
            counted.* replace (
                case when hour_cells.cells is null then counted.first_bin else 1000 end as first_bin,
                case
                    when hour_cells.cells is null then counted.bins
                    else list_append(
                        list_transform(
                            hour_cells.cells, lambda cell: list_sum(counted.bins[cell.first:cell.last])
                        ),
                        counted.bins[-1]
                    )
                end as bins
            )
        from counted_{{ loop.index0 }} as counted
        left join hour_cells
            on counted.subject = hour_cells.subject

    ),

    hours as (

        {{ model_monitor._duckdb_binned('counted_hours') | indent(8) }}

    ),
    {%- endif %}
    {% endfor %}
    {%- set outputs = [] %}
    {% for scan in scans %}
    {%- set i = loop.index0 %}
    {% for slice in scan.slices %}
    {%- for grain in ['hour', 'day'] if grain == scan.grain or not scan.columns and scan.grain == 'hour' %}
    {%- set output = 'output_' ~ i ~ '_' ~ slice.columns | join('_') | length ~ '_' ~ outputs | length %}
    {%- do outputs.append('select * from ' ~ output) %}
    {{ output }} as (

        {{ model_monitor._duckdb_rolled_up(log, scan, slice, [i, grain]) | indent(8) }}

    ),
    {% endfor %}
    {% endfor %}
    {% endfor %}
    {%- if subjects %}
    {%- set whole = scans | map(attribute='columns') | list %}
    extremes as (

        select
            date_trunc('day', period_time) as day_start,
            model_version,
            role,
            arm
            {%- for subject in subjects if subject.type == 'numeric' %}
            {%- set i = subjects.index(subject) %},
            min(lowest) filter (where subject = {{ i }}) as lowest_{{ i }},
            max(highest) filter (where subject = {{ i }}) as highest_{{ i }}
            {%- endfor %}
        from counted_{{ whole.index([]) }}
        group by all

    ),

    -- every row that could be at an extreme of its day lies beyond these limits; normally these
    -- rows are few
    limits as materialized (

        select
            count(*) as extreme_count
            {%- for subject in subjects if subject.type == 'numeric' %}
            {%- set i = subjects.index(subject) %},
            max(lowest_{{ i }}) as lowest_{{ i }},
            min(highest_{{ i }}) as highest_{{ i }}
            {%- endfor %}
        from extremes

    ),

    -- read again: the extremes are known only now, and storing the rows costs more than reading
    -- them
    numbers as (

        select
            date_trunc('day', event_time) as day_start,
            {%- if kind == 'log' %}
            model_version,
            role,
            arm
            {%- else %}
            '(all)' as model_version,
            'reference' as role,
            '' as arm
            {%- endif %}
            {%- for subject in numeric %},
            {{ model_monitor.subject_number(subject, 'v' ~ loop.index0) }} as x{{ subjects.index(subject) }}
            {%- endfor %}
        from (
            {{ model_monitor.sketched_rows(monitor, log, numeric, kind) | indent(12) }}
        ) as numeric_rows
        where {{ model_monitor.is_touched(log, kind) }}

    ),

    rows_near_extremes as (

        select numbers.*
        from numbers
        cross join limits
        where 1 = 0
            {%- for subject in numeric %}
            {%- set i = subjects.index(subject) %}
            or numbers.x{{ i }} <= limits.lowest_{{ i }}
            or numbers.x{{ i }} >= limits.highest_{{ i }}
            {%- endfor %}

    ),

    at_extremes as (

        select
            rows_near_extremes.day_start,
            rows_near_extremes.model_version,
            rows_near_extremes.role,
            rows_near_extremes.arm,
            {%- set parts = [] %}
            {%- for subject in subjects if subject.type == 'numeric' %}
            {%- set i = subjects.index(subject) %}
            {%- do parts.append(
                "{'subject': " ~ i ~ ", 'bin': -4, 'n': count_if(rows_near_extremes.x" ~ i ~ " = extremes.lowest_" ~ i
                ~ "), 'x': any_value(extremes.lowest_" ~ i ~ ")}, {'subject': " ~ i
                ~ ", 'bin': -5, 'n': count_if(rows_near_extremes.x" ~ i ~ " = extremes.highest_" ~ i
                ~ "), 'x': any_value(extremes.highest_" ~ i ~ ")}") %}
            {%- endfor %}
            [
                {{ parts | join(',\n                ') if parts
                    else "{'subject': -1, 'bin': -4, 'n': 0, 'x': cast(null as double)}" }}
            ] as found
        from rows_near_extremes
        inner join extremes
            on rows_near_extremes.day_start = extremes.day_start
            and rows_near_extremes.model_version = extremes.model_version
            and rows_near_extremes.role = extremes.role
            and rows_near_extremes.arm = extremes.arm
        group by all

    ),

    output_extremes as (

        select
            'day' as grain,
            day_start as period_time,
            model_version,
            role,
            arm,
            '(all)' as slice_name,
            '(all)' as slice_value,
            f.subject,
            f.bin,
            f.n,
            cast(null as hugeint) as s1,
            cast(null as hugeint) as s2,
            f.x as value_min,
            f.x as value_max,
            cast(null as bigint) as clamped
        from (select * exclude (found), unnest(found) as f from at_extremes) as unnested
        where f.n > 0

    ),
    {%- do outputs.append('select * from output_extremes') %}
    {%- endif %}

    {{ model_monitor.kept_outputs(monitor, log, outputs) | indent(4) }}
)
{% endmacro %}

{#
    The counts of one subject within one group of rows. Fine bins start at 0, cells at 1000; the
    last bin counts missing and invalid values. Sums are whole millionths of values clamped at a
    million scales. If there are few cells, they are counted by whether a value lies below each edge
    (l): that costs half as much as a histogram.
#}
{% macro _duckdb_subject_counts(subject, i, is_fine, is_whole, edges) -%}
{'subject': {{ i }}, 'first_bin': {{ 0 if is_fine else 1000 }},
    {%- if edges and not is_fine %}
    {%- set below = ['0'] %}
    {%- for edge in edges %}
    {%- do below.append('count_if(l' ~ i ~ '_' ~ loop.index ~ ')') %}
    {%- endfor %}
    {%- do below.extend(['count(x' ~ i ~ ')', 'count(b' ~ i ~ ')']) %}
    'bins': cast([
        {%- for count in below[1:] %}{{ count }} - {{ below[loop.index0] }}{{ ', ' if not loop.last }}{% endfor -%}
    ] as ubigint[]),
    {%- else %}
    'bins': map_values(histogram(b{{ i }}, {{ 'e' if is_fine else 'g' }}{{ i }})),
    {%- endif %}
    {%- if subject.type == 'numeric' %}
    's1': sum(q{{ i }}), 's2': sum(r{{ i }}),
    'lowest': min(x{{ i }}), 'highest': max(x{{ i }}),
    'clamped': {{ 'count_if(abs(q' ~ i ~ ') >= 1000000000000)' if is_whole else 'cast(null as bigint)' }}
    {%- else %}
    's1': cast(null as hugeint), 's2': cast(null as hugeint),
    'lowest': cast(null as double), 'highest': cast(null as double), 'clamped': cast(null as bigint)
    {%- endif %}}
{%- endmacro %}

{# The edges between the cells of each subject that has few cells, by subject name. #}
{% macro _duckdb_few_cells(subjects, here) %}
    {% set found = run_query(
        'select subject, cast(upper_edge as varchar) as edge from '
        ~ ref('model_monitor', 'int_monitor__ruler_bins') ~ ' where ' ~ here ~ ' and bin >= 1000'
        ~ ' qualify count(*) over (partition by subject) <= 16 and bin < max(bin) over (partition by subject)'
        ~ ' order by subject, bin'
    ) if execute else none %}
    {% set names = subjects | map(attribute='name') | list %}
    {% set edges = {} %}
    {% for row in (found.rows if found is not none else []) if row[0] in names %}
        {% do edges.setdefault(row[0], []).append("cast('" ~ row[1] ~ "' as double)") %}
    {% endfor %}
    {{ return(edges) }}
{% endmacro %}

{#
    The counts of a scan as rows: one per non-empty bin, and one per special bin (all rows, missing,
    invalid).
#}
{% macro _duckdb_binned(counted) -%}
{%- set lists = 'exclude (row_count, bins, first_bin, s1, s2, lowest, highest, clamped)' -%}
select *
from (
    select
        * {{ lists }},
        first_bin + generate_subscripts(bins[:-2], 1) - 1 as bin,
        unnest(bins[:-2]) as n,
        cast(null as hugeint) as s1,
        cast(null as hugeint) as s2,
        cast(null as double) as value_min,
        cast(null as double) as value_max,
        cast(null as bigint) as clamped
    from {{ counted }}
    where bins is not null
    union all
    select
        {{ counted }}.* {{ lists }},
        special.bin,
        case special.bin
            when -9 then row_count
            when -2 then bins[-1]
            else row_count - coalesce(list_sum(bins), 0)
        end as n,
        case when special.bin = -9 then s1 end as s1,
        case when special.bin = -9 then s2 end as s2,
        case when special.bin = -9 then lowest end as value_min,
        case when special.bin = -9 then highest end as value_max,
        case when special.bin = -9 then clamped end as clamped
    from {{ counted }}
    cross join (values (-9), (-2), (-1)) as special (bin)
) as unnested
where n > 0
{%- endmacro %}

{# The edges of a subject, followed by infinity and the bin for missing and invalid values. #}
{% macro _duckdb_edges(edges) -%}
list_append(
                list_transform(
                    coalesce({{ edges }}, [cast('Infinity' as double)]),
                    lambda edge: least(edge, 1.7976931348623157e308)
                ),
                cast('Infinity' as double)
            )
{%- endmacro %}

{# A number as whole millionths. #}
{% macro _duckdb_millionths(value) -%}
cast(floor({{ value }} * 1e6 + 0.5) as bigint)
{%- endmacro %}

{#
    One slice (or all rows) from one scan, as rows of (subject, bin, n, sums). The groups of the
    scan are unnested into bins and summed over the columns that the slice does not have.
#}
{% macro _duckdb_rolled_up(log, scan, slice, output) %}
{%- set i = output[0] -%}
{%- set grain = output[1] -%}
{%- set label = "'(all)'" if not slice.columns else model_monitor.joined_labels(log, slice) -%}
select
    '{{ grain }}' as grain,
    {{ 'period_time' if grain == scan.grain else "date_trunc('day', period_time) as period_time" }},
    model_version,
    role,
    arm,
    {{ model_monitor.text_literal(slice.name) }} as slice_name,
    {%- if slice.columns | length > 1 %}
    case
        when {{ label }} in (
            select slice_value
            from vocabulary
            where slice_name = {{ model_monitor.text_literal(slice.name) }}
        )
            then {{ label }}
        else '(other)'
    end as slice_value,
    {%- else %}
    {{ label }} as slice_value,
    {%- endif %}
    subject,
    bin,
    {%- if slice.columns == scan.columns and slice.columns | length < 2 and grain == scan.grain %}
    n,
    s1,
    s2,
    value_min,
    value_max,
    clamped
from {{ 'hours' if grain == 'hour' and not scan.columns else 'binned_' ~ i }}
    {%- else %}
    sum(n) as n,
    sum(s1) as s1,
    sum(s2) as s2,
    min(value_min) as value_min,
    max(value_max) as value_max,
    sum(clamped) as clamped
from binned_{{ i }}
group by all
    {%- endif %}
{% endmacro %}

{% macro duckdb__reference_facts(monitor, log) %}
{% set subjects = log.subjects %}
{% set here = model_monitor.of_log(monitor, log.name) %}
(
    with reference_rows as materialized (

        select
            row_number() over () as row_id
            {%- for subject in subjects %},
            {%- if subject.type == 'categorical' %}
            cast(v{{ loop.index0 }} as varchar) as t{{ loop.index0 }}
            {%- else %}
            case when {{ model_monitor.is_valid_number(subject, 'x' ~ loop.index0) }}
                then x{{ loop.index0 }} + 0.0 end as x{{ loop.index0 }},
            v{{ loop.index0 }} is null as m{{ loop.index0 }}
            {%- endif %}
            {%- endfor %}
        from (
            select
                *
                {%- for subject in subjects if subject.type != 'categorical' %},
                {%- set k = subjects.index(subject) %}
                {{ model_monitor.subject_number(subject, 'v' ~ k) }} as x{{ k }}
                {%- endfor %}
            from (
                {{ model_monitor.reference_rows(monitor, log, subjects) | indent(16) }}
            ) as raw_rows
            where exists (select 1 from pending where {{ here }})
        ) as typed_rows

    ),

    summaries as (

        select
            unnest([
                {%- for subject in subjects if subject.type != 'categorical' %}
                {%- set k = subjects.index(subject) %}
                {
                    'subject': {{ model_monitor.text_literal(subject.name) }},
                    'row_count': count(*),
                    'missing': count(*) filter (where m{{ k }}),
                    'valid': count(x{{ k }}),
                    'distinct_count': count(distinct x{{ k }}),
                    'lowest': min(x{{ k }}),
                    'highest': max(x{{ k }}),
                    'quantiles': quantile_disc(x{{ k }}, {{ model_monitor.ruler_levels() }})
                },
                {%- endfor %}
                {
                    'subject': '',
                    'row_count': count(*),
                    'missing': 0,
                    'valid': 0,
                    'distinct_count': 0,
                    'lowest': cast(null as double),
                    'highest': cast(null as double),
                    'quantiles': [cast(null as double)]
                }
            ]) as summary
        from reference_rows

    ),

    value_counts as (

        select '' as subject, 0.0 as value, 0 as row_count where 1 = 0
        {%- for subject in subjects if subject.type == 'numeric' %}
        {%- set k = subjects.index(subject) %}
        union all
        select
            {{ model_monitor.text_literal(subject.name) }} as subject,
            x{{ k }} as value,
            count(*) as row_count
        from reference_rows
        where x{{ k }} is not null
        group by x{{ k }}
        {%- endfor %}

    ),

    points as (

        select
            value_counts.subject,
            value_counts.value,
            value_counts.row_count
        from value_counts
        inner join summaries
            on value_counts.subject = summaries.summary.subject
        where value_counts.row_count * 20 >= summaries.summary.valid
            or summaries.summary.distinct_count <= 20

    ),

    categories as (

        select '' as subject, '' as name, 0 as row_count where 1 = 0
        {%- for subject in subjects if subject.type == 'categorical' %}
        {%- set k = subjects.index(subject) %}
        union all
        select
            {{ model_monitor.text_literal(subject.name) }} as subject,
            t{{ k }} as name,
            count(*) as row_count
        from reference_rows
        group by t{{ k }}
        {%- endfor %}

    ),

    facts as (

        select
            summary.subject,
            'quantile' as fact,
            unnest({{ model_monitor.ruler_levels() | map('string') | list }}) as name,
            unnest(summary.quantiles) as value,
            cast(null as bigint) as row_count
        from summaries
        where summary.valid > 0
        union all
        select summary.subject, 'rows', 'rows', null, summary.row_count
        from summaries where summary.subject <> ''
        union all
        select summary.subject, 'rows', 'missing', null, summary.missing
        from summaries where summary.subject <> ''
        union all
        select summary.subject, 'rows', 'valid', null, summary.valid
        from summaries where summary.subject <> ''
        union all
        select summary.subject, 'rows', 'distinct', null, summary.distinct_count
        from summaries where summary.subject <> ''
        union all
        select summary.subject, 'extreme', 'lowest', summary.lowest, null
        from summaries where summary.valid > 0
        union all
        select summary.subject, 'extreme', 'highest', summary.highest, null
        from summaries where summary.valid > 0
        union all
        select subject, 'point', null, value, row_count from points
        union all
        select subject, 'category', name, null, row_count from categories

    )

    select
        {{ model_monitor.text_literal(monitor.name) }} as monitor,
        {{ model_monitor.text_literal(log.name) }} as log,
        facts.subject,
        facts.fact,
        facts.name,
        facts.value,
        facts.row_count
    from facts
)
{% endmacro %}
