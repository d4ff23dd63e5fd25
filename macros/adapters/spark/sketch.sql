{# Each row becomes one row per subject (stack). Counting these by value yields all other facts. #}
{% macro spark__reference_facts(monitor, log) %}
{% set subjects = log.subjects %}
{% set rows = model_monitor.reference_rows(monitor, log, subjects) %}
{% set types = model_monitor.value_types(rows, subjects | length) %}
{% set here = model_monitor.of_log(monitor, log.name) %}
(
    with typed_rows as (

        select
            *
            {%- for subject in subjects if subject.type != 'categorical' %},
            {%- set k = subjects.index(subject) %}
            cast({{ model_monitor.subject_number(subject, 'v' ~ k, types[k]) }} as double) as x{{ k }}
            {%- endfor %}
        from (
            {{ rows | indent(12) }}
        ) as raw_rows
        where exists (select 1 from pending where {{ here }})

    ),

    subject_values as (

        select
            found.subject,
            found.name,
            found.value + 0e0 as value,
            found.is_missing
        from typed_rows
        lateral view stack(
            {{ subjects | length }}
            {%- for subject in subjects %},
            {%- set k = loop.index0 %}
            {%- if subject.type == 'categorical' %}
            {{ model_monitor.text_literal(subject.name) }}, cast(v{{ k }} as string),
            cast(null as double), v{{ k }} is null
            {%- else %}
            {{ model_monitor.text_literal(subject.name) }}, cast(null as string),
            case when {{ model_monitor.is_valid_number(subject, 'x' ~ k) | trim }}
                then x{{ k }} end, v{{ k }} is null
            {%- endif %}
            {%- endfor %}
        ) found as subject, name, value, is_missing

    ),

    -- one row per subject and value with its row count (null: missing or invalid)
    value_counts as (

        select
            subject,
            name,
            value,
            is_missing,
            count(*) as row_count
        from subject_values
        group by subject, name, value, is_missing

    ),

    {{ model_monitor.counted_facts(monitor, log) | indent(4) }}
)
{% endmacro %}

{# ---- the sketch: how many rows fell into each bin ---- #}

{#
    Each row becomes one row per subject, and a binary search in the edges, stored beside it, finds
    its bin. One aggregation then returns the counts and sums of every bin, and a small one adds
    these up for each slice and grain. A number identifies a row's group in both (a hash of 64 bits;
    series have one of 60: decision 9), because text keys take longer; the names are joined at the
    end. The result has the same rows as duckdb__bin_sketch.
#}
{% macro spark__bin_sketch(monitor, log, kind) %}
{% set columns = model_monitor.slice_columns(log) %}
{% set subjects = log.subjects %}
{% set numeric = subjects | selectattr('type', 'equalto', 'numeric') | list %}
{% set here = model_monitor.of_log(monitor, log.name) %}
{% set has_hours = 'hour' in monitor.windows and kind == 'log' %}
{% set scans = model_monitor.sketch_scans(log, has_hours) %}
{% set widest = scans | map(attribute='columns') | map('length') | max %}
{% set labels = [] %}
{% for k in range(widest) %}
    {% do labels.append('k' ~ k) %}
{% endfor %}
{% set carried = ['day_start'] + (['hour_start'] if has_hours else []) %}
{% for scan in scans %}
    {% do carried.append('g' ~ loop.index0) %}
{% endfor %}
{% set codes = [] %}
{% for subject in subjects if subject.type != 'numeric' %}
    {% do codes.append(subjects.index(subject)) %}
{% endfor %}
{% set rows = model_monitor.sketched_rows(monitor, log, subjects, kind) %}
{% set types = model_monitor.touched_value_types(rows, subjects | length) %}
{% set outputs = [] %}
{% do model_monitor._spark_compiles(monitor, log, kind) %}
(
    with touched as (

        {{ model_monitor.touched_rows(monitor, log, kind) | indent(8) }}

    ),

    ruler_edges as (

        select
            bins.subject,
            transform(array_sort(collect_list(struct(bins.bin, bins.upper_edge))), b -> b.upper_edge)
                as edges,
            transform(array_sort(collect_list(struct(bins.bin, bins.cell_bin))), b -> b.cell_bin)
                as cells,
            max(rulers.center) as center,
            max(rulers.scale) as scale
        from {{ ref('model_monitor', 'int_monitor__ruler_bins') }} as bins
        inner join {{ ref('model_monitor', 'int_monitor__ruler_subjects') }} as rulers
            on bins.monitor = rulers.monitor
            and bins.log = rulers.log
            and bins.subject = rulers.subject
        where bins.{{ here | replace('and log', 'and bins.log') }}
            and bins.bin >= 0
            and bins.bin < 1000
            and bins.upper_edge is not null
        group by bins.subject

    ),

    -- one row: edges, cells, center and scale, each by the position of the subject
    ruler as (

        select
            {%- for name in ['edges', 'cells', 'center', 'scale'] %}
            array(
                {%- for subject in subjects %}
                max(case when subject = {{ model_monitor.text_literal(subject.name) }} then {{ name }} end)
                {{- ',' if not loop.last }}
                {%- endfor %}
            ) as {{ {'center': 'centers', 'scale': 'scales'}.get(name, name) }}{{ ',' if not loop.last }}
            {%- endfor %}
        from ruler_edges

    ),

    categories as (

        select
            subject,
            category,
            bin
        from {{ ref('model_monitor', 'int_monitor__ruler_categories') }}
        where {{ here }}

    ),

    vocabulary as (

        select
            slice_name,
            slice_value
        from {{ ref('model_monitor', 'int_monitor__vocabulary') }}
        where {{ here }}

    ),

    typed_rows as (

        select
            *
            {%- for subject in subjects if subject.type != 'categorical' %},
            {%- set i = subjects.index(subject) %}
            cast({{ model_monitor.subject_number(subject, 'v' ~ i, types[i]) }} as double) as x{{ i }}
            {%- endfor %}
        from (
            {{ rows | indent(12) }}
        ) as raw_rows
        where {{ model_monitor.is_touched(log, kind) }}

    ),

    -- w: null is missing, NaN is invalid, otherwise the number; for other subjects, their bin
    log_rows as (

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
            coalesce(vocabulary_{{ loop.index0 }}.slice_value, '(other)') as d{{ loop.index0 }}
            {%- endfor %}
            {%- for subject in subjects %},
            {%- set i = loop.index0 %}
            case
                {%- if subject.type == 'categorical' %}
                when typed_rows.v{{ i }} is not null then coalesce(cast(categories_{{ i }}.bin as double), cast('NaN' as double))
                {%- else %}
                when typed_rows.v{{ i }} is null then null
                when {{ model_monitor.is_valid_number(subject, 'typed_rows.x' ~ i) | trim }} then typed_rows.x{{ i }} + 0e0
                else cast('NaN' as double)
                {%- endif %}
            end as w{{ i }}
            {%- endfor %}
        from typed_rows
        {{- model_monitor.vocabulary_lookups(columns, 'typed_rows') | indent(8) }}
        {%- for subject in subjects if subject.type == 'categorical' %}
        {%- set i = subjects.index(subject) %}
        left join categories as categories_{{ i }}
            on categories_{{ i }}.subject = {{ model_monitor.text_literal(subject.name) }}
            and categories_{{ i }}.category = cast(typed_rows.v{{ i }} as string)
        {%- endfor %}

    ),

    numbered_rows as (

        select
            *
            {%- for scan in scans %},
            xxhash64({{ loop.index0 }}, model_version, role, arm
                {%- for column in scan.columns %}, d{{ columns.index(column) }}{% endfor %}) as g{{ loop.index0 }}
            {%- endfor %}
        from log_rows

    ),

    -- the group that each number identifies
    scan_groups as (

        select distinct
            found.scan,
            found.group_id,
            numbered_rows.model_version,
            numbered_rows.role,
            numbered_rows.arm
            {%- for label in labels %},
            found.{{ label }}
            {%- endfor %}
        from numbered_rows
        lateral view stack(
            {{ scans | length }}
            {%- for scan in scans %},
            {{ loop.index0 }}, g{{ loop.index0 }}
            {%- for k in range(widest) -%}
                , {{ 'd' ~ columns.index(scan.columns[k]) if k < scan.columns | length else "''" }}
            {%- endfor -%}
            {%- endfor %}
        ) found as scan, group_id{% for label in labels %}, {{ label }}{% endfor %}

    ),

    -- the slices and grains that each scan group contributes to
    made_groups as (

        select
            scan_groups.*,
            made.grain,
            made.slice_name,
            made.slice_value
        from scan_groups
        lateral view inline(
            case scan_groups.scan
                {%- for scan in scans %}
                when {{ loop.index0 }} then array({{ model_monitor._spark_made(log, scan) }})
                {%- endfor %}
            end
        ) made as grain, slice_name, slice_value

    ),

    pooled_groups as (

        select
            made_groups.scan,
            made_groups.group_id,
            made_groups.model_version,
            made_groups.role,
            made_groups.arm,
            made_groups.grain,
            made_groups.slice_name,
            case
                when position('+' in made_groups.slice_name) > 0 and known.slice_value is null then '(other)'
                else made_groups.slice_value
            end as slice_value
        from made_groups
        left join vocabulary as known
            on made_groups.slice_name = known.slice_name
            and made_groups.slice_value = known.slice_value

    ),

    parts as (

        select
            *,
            xxhash64(grain, slice_name, slice_value, model_version, role, arm) as part_id
        from pooled_groups

    ),

    -- one row per log row and subject: an array of numbers is exploded without an object for each
    value_rows as (

        select
            {{ carried | join(', ') }}, found.subject, found.w
        from numbered_rows
        lateral view posexplode(array(
            {%- for subject in subjects %}w{{ loop.index0 }}{{ ', ' if not loop.last }}{% endfor -%}
        )) found as subject, w

    ),

    -- b: -1 missing, -2 invalid, otherwise the bin; 0 for a number until its bin is looked up
    told_rows as (

        select
            {{ carried | join(', ') }}, subject,
            case when not isnan(w)
                {{- ' and subject not in (' ~ codes | join(', ') ~ ')' if codes }} then w end as x,
            case
                when w is null then -1
                when isnan(w) then -2
                {%- if codes %}
                when subject in ({{ codes | join(', ') }}) then cast(w as int)
                {%- endif %}
                else 0
            end as b
        from value_rows

    ),

    -- place is the number of edges below x, by binary search: 1023 edges at most, ten halvings
    placed_10 as (

        select
            told_rows.*,
            get(ruler.edges, told_rows.subject) as edges,
            get(ruler.cells, told_rows.subject) as cells,
            (told_rows.x - get(ruler.centers, told_rows.subject)) / get(ruler.scales, told_rows.subject) as u,
            0 as place
        from told_rows
        cross join ruler

    ),
    {%- for step in range(10) %}
    {%- set half = 2 ** (9 - step) %}

    placed_{{ 9 - step }} as (

        select
            {{ carried | join(', ') }}, subject, x, b, edges, cells, u,
            place + case when x > get(edges, place + {{ half - 1 }}) then {{ half }} else 0 end as place
        from placed_{{ 10 - step }}

    ),
    {%- endfor %}

    binned_rows as (

        select
            {{ carried | join(', ') }},
            subject,
            x,
            case when b < 0 or x is null then b else place end as fine_bin,
            case when b < 0 or x is null then b else get(cells, place) end as cell_bin,
            -- least() would turn a null into the limit
            case when u > 1e6 then 1e6 when u < -1e6 then -1e6 else u end as held
        from placed_0

    ),

    fixed_rows as (

        select
            *,
            floor(held * 1e6 + 0.5e0) as q,
            floor(held * held * 1e6 + 0.5e0) as r
        from binned_rows

    ),

    -- a bigint would overflow, and decimals are slow: upper and lower digits are summed separately
    summed_rows as (

        select
            {{ carried | join(', ') }}, subject, x, fine_bin, cell_bin,
            q div 1000000 as q_upper,
            q % 1000000 as q_lower,
            r div 1000000000 as r_upper,
            r % 1000000000 as r_lower,
            case when abs(q) >= 1000000000000 then 1 when q is not null then 0 end as clamped
        from fixed_rows

    ),

    -- one row per scan that includes the subject
    scanned_rows as (

        select
            found.scan,
            {{ model_monitor._spark_scan_time(scans) }} as period_time,
            case found.scan{% for scan in scans %} when {{ loop.index0 }} then g{{ loop.index0 }}{% endfor %} end as group_id,
            summed_rows.subject,
            case found.scan
                {%- for scan in scans %}
                when {{ loop.index0 }} then {{ model_monitor._spark_bin(subjects, scan) }}
                {%- endfor %}
            end as bin,
            summed_rows.x,
            summed_rows.q_upper,
            summed_rows.q_lower,
            summed_rows.r_upper,
            summed_rows.r_lower,
            summed_rows.clamped
        from summed_rows
        lateral view explode({{ model_monitor._spark_scans_of(subjects, scans) }}) found as scan

    ),

    counted as (

        select
            scan,
            period_time,
            group_id,
            subject,
            bin,
            count(*) as n,
            sum(q_upper) as q_upper,
            sum(q_lower) as q_lower,
            sum(r_upper) as r_upper,
            sum(r_lower) as r_lower,
            min(x) as lowest,
            max(x) as highest,
            sum(clamped) as clamped
        from scanned_rows
        where bin is not null
        group by scan, period_time, group_id, subject, bin

    ),

    {%- set least = [] %}
    {%- for scan in scans if scan.grain == 'hour' and scan.columns %}
    {%- do least.append([scans.index(scan), subjects.index(scan.subjects[0]),
        monitor.limits.min_rows if scan.columns | length == 1 else monitor.limits.min_cell]) %}
    {%- endfor %}

    kept as (

        {%- if least %}
        -- an hour of a slice with too few rows to be evaluated is not stored
        select *
        from (
            select
                counted.*,
                sum(case
                    {%- for scan, subject, rows in least %}
                    when counted.scan = {{ scan }} and counted.subject = {{ subject }} then counted.n
                    {%- endfor %}
                end) over (
                    partition by counted.scan, counted.period_time
                        {%- for label in labels %}, scan_groups.{{ label }}{% endfor %}
                ) as group_rows
            from counted
            inner join scan_groups
                on counted.scan = scan_groups.scan
                and counted.group_id = scan_groups.group_id
        ) as counted
        where case scan
            {%- for scan, subject, rows in least %}
            when {{ scan }} then group_rows >= {{ rows }}
            {%- endfor %}
            else true
        end
        {%- else %}
        select * from counted
        {%- endif %}

    ),

    hour_cells as (

        {{ model_monitor.hour_cells(monitor, log) | indent(4) }}

    ),

    part_bins as (

        select
            parts.part_id,
            case when parts.grain = 'day' then date_trunc('day', kept.period_time) else kept.period_time end
                as period_time,
            kept.subject,
            special.bin,
            sum(kept.n) as n,
            sum(case when special.is_all then kept.q_upper end) as q_upper,
            sum(case when special.is_all then kept.q_lower end) as q_lower,
            sum(case when special.is_all then kept.r_upper end) as r_upper,
            sum(case when special.is_all then kept.r_lower end) as r_lower,
            min(case when special.is_all then kept.lowest end) as value_min,
            max(case when special.is_all then kept.highest end) as value_max,
            sum(case when special.is_all and parts.slice_name = '(all)' then kept.clamped end) as clamped
        from kept
        inner join parts
            on kept.scan = parts.scan
            and kept.group_id = parts.group_id
        left join hour_cells
            on parts.grain = 'hour'
            and parts.slice_name = '(all)'
            and kept.subject = hour_cells.subject
            and kept.bin = hour_cells.bin
        lateral view stack(
            2, coalesce(hour_cells.cell_bin, kept.bin), false, -9, true
        ) special as bin, is_all
        group by
            parts.part_id,
            case when parts.grain = 'day' then date_trunc('day', kept.period_time) else kept.period_time end,
            kept.subject,
            special.bin

    ),

    output_bins as (

        select
            named.grain,
            part_bins.period_time,
            named.model_version,
            named.role,
            named.arm,
            named.slice_name,
            named.slice_value,
            part_bins.subject,
            part_bins.bin,
            part_bins.n,
            cast(part_bins.q_upper as decimal(38, 0)) * 1000000 + part_bins.q_lower as s1,
            cast(part_bins.r_upper as decimal(38, 0)) * 1000000000 + part_bins.r_lower as s2,
            part_bins.value_min,
            part_bins.value_max,
            part_bins.clamped
        from part_bins
        inner join (
            select distinct
                part_id,
                grain,
                slice_name,
                slice_value,
                model_version,
                role,
                arm
            from parts
        ) as named
            on part_bins.part_id = named.part_id

    ),
    {%- do outputs.append('select * from output_bins') %}
    {%- if numeric %}
    {{- model_monitor._spark_extremes(log, numeric, kind) | indent(4) }}
    {%- do outputs.append('select * from output_extremes') %}
    {%- endif %}

    {{ model_monitor.kept_outputs(monitor, log, outputs) | indent(4) }}
)
{% endmacro %}

{# The bin in which a scan counts a subject, fine or a cell; null if the scan excludes the subject. #}
{% macro _spark_bin(subjects, scan) -%}
    {%- set fine = [] -%}
    {%- set cells = [] -%}
    {%- for subject in scan.subjects -%}
        {%- do (fine if subject in scan.fine or subject.type != 'numeric' else cells).append(
            subjects.index(subject)
        ) -%}
    {%- endfor -%}
    {%- if fine | length == subjects | length -%}
        {{- return('fine_bin') -}}
    {%- endif -%}
    {{- return(
        'case' ~ (' when subject in (' ~ fine | join(', ') ~ ') then fine_bin' if fine)
        ~ (' when subject in (' ~ cells | join(', ') ~ ') then cell_bin' if cells) ~ ' end'
    ) -}}
{%- endmacro %}

{# The period of a row of a scan: its hour or its day. #}
{% macro _spark_scan_time(scans) -%}
    {%- set hours = [] -%}
    {%- for scan in scans if scan.grain == 'hour' -%}
        {%- do hours.append(scans.index(scan)) -%}
    {%- endfor -%}
    {{- return('case when found.scan in (' ~ hours | join(', ') ~ ') then hour_start else day_start end'
        if hours else 'day_start') -}}
{%- endmacro %}

{# The scans that include a subject, as an array. #}
{% macro _spark_scans_of(subjects, scans) -%}
    {%- set found = {} -%}
    {%- for subject in subjects -%}
        {%- set own = [] -%}
        {%- for scan in scans if subject in scan.subjects -%}
            {%- do own.append(scans.index(scan)) -%}
        {%- endfor -%}
        {%- set array = 'array(' ~ own | join(', ') ~ ')' -%}
        {%- do found.update({array: found.get(array, []) + [loop.index0]}) -%}
    {%- endfor -%}
    {%- if found | length == 1 -%}
        {{- return(found | first) -}}
    {%- endif -%}
case
                {%- for array, positions in found.items() %}
                when subject in ({{ positions | join(', ') }}) then {{ array }}
                {%- endfor %}
            end
{%- endmacro %}

{#
    Spark interprets formulas instead of compiling them (profiles.yml): their tables are small, and
    compiling them to Java takes longer than interpreting them. The rows of a large log are worth
    compiling (docs/internals/benchmarks.md). After each sketch the setting returns to its value at
    the start of the session, because other models of the same session are not ours to change.
#}
{% macro _spark_compiles(monitor, log, kind) %}
    {% if execute %}
        {% set found = run_query(
            'with touched as (' ~ model_monitor.touched_rows(monitor, log, kind)
            ~ ') select count(*) as row_count from (select 1 as nothing from ('
            ~ model_monitor.sketched_rows(monitor, log, [], kind) ~ ') as raw_rows where '
            ~ model_monitor.is_touched(log, kind) ~ ' limit 100001) as some_rows'
        ) %}
        {% if found.rows[0][0] > 100000 %}
            {% do run_query('set spark.sql.codegen.wholeStage = true') %}
            {% do run_query('set spark.sql.codegen.factoryMode = FALLBACK') %}
        {% else %}
            {% do model_monitor.after_sketches() %}
        {% endif %}
    {% endif %}
{% endmacro %}

{% macro spark__after_sketches() %}
    {% if execute %}
        {% do run_query('reset spark.sql.codegen.wholeStage') %}
        {% do run_query('reset spark.sql.codegen.factoryMode') %}
    {% endif %}
{% endmacro %}

{# The slices and grains that a scan contributes to; its labels are k0…. #}
{% macro _spark_made(log, scan) -%}
    {%- set made = [] -%}
    {%- for slice in scan.slices -%}
        {%- set parts = [] -%}
        {%- for column in slice.columns -%}
            {%- set k = 'k' ~ scan.columns.index(column) -%}
            {%- do parts.append(
                k if slice.columns | length == 1
                else "case when position('+' in " ~ k ~ ") > 0 then '\"' || " ~ k ~ " || '\"' else " ~ k ~ ' end'
            ) -%}
        {%- endfor -%}
        {%- for grain in ['hour', 'day'] if grain == scan.grain or not scan.columns and scan.grain == 'hour' -%}
            {%- do made.append(
                "named_struct('grain', '" ~ grain ~ "', 'name', " ~ model_monitor.text_literal(slice.name) ~ ", 'value', " ~ (parts | join(" || '+' || ") or "'(all)'") ~ ')'
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(made | join(', ')) -}}
{%- endmacro %}

{# Row counts at the exact minimum and maximum of their day: over all rows, numeric subjects only. #}
{% macro _spark_extremes(log, numeric, kind) %}
{%- set subjects = log.subjects %}

number_rows as (

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
        {%- for subject in numeric %}
        {%- set i = subjects.index(subject) %},
        case when {{ model_monitor.is_valid_number(subject, 'x' ~ i) | trim }} then x{{ i }} + 0e0 end
            as x{{ i }}
        {%- endfor %}
    from typed_rows

),

extremes as (

    select
        day_start,
        model_version,
        role,
        arm
        {%- for subject in numeric %}
        {%- set i = subjects.index(subject) %},
        min(x{{ i }}) as lowest_{{ i }},
        max(x{{ i }}) as highest_{{ i }}
        {%- endfor %}
    from number_rows
    group by day_start, model_version, role, arm

),

at_extremes as (

    -- a row per day, version, role and arm: Spark sends it to the log rows, not the log rows to it
    select /*+ broadcast(extremes) */
        number_rows.day_start,
        number_rows.model_version,
        number_rows.role,
        number_rows.arm
        {%- for subject in numeric %}
        {%- set i = subjects.index(subject) %},
        min(extremes.lowest_{{ i }}) as lowest_{{ i }},
        min(extremes.highest_{{ i }}) as highest_{{ i }},
        sum(case when number_rows.x{{ i }} = extremes.lowest_{{ i }} then 1 else 0 end) as at_lowest_{{ i }},
        sum(case when number_rows.x{{ i }} = extremes.highest_{{ i }} then 1 else 0 end) as at_highest_{{ i }}
        {%- endfor %}
    from number_rows
    inner join extremes
        on number_rows.day_start = extremes.day_start
        and number_rows.model_version = extremes.model_version
        and number_rows.role = extremes.role
        and number_rows.arm = extremes.arm
    group by number_rows.day_start, number_rows.model_version, number_rows.role, number_rows.arm

),

output_extremes as (

    select
        'day' as grain,
        at_extremes.day_start as period_time,
        at_extremes.model_version,
        at_extremes.role,
        at_extremes.arm,
        '(all)' as slice_name,
        '(all)' as slice_value,
        found.subject,
        found.bin,
        found.n,
        cast(null as decimal(38, 0)) as s1,
        cast(null as decimal(38, 0)) as s2,
        found.x as value_min,
        found.x as value_max,
        cast(null as bigint) as clamped
    from at_extremes
    lateral view stack(
        {{ 2 * numeric | length }}
        {%- for subject in numeric %},
        {%- set i = subjects.index(subject) %}
        {{ i }}, -4, at_lowest_{{ i }}, lowest_{{ i }},
        {{ i }}, -5, at_highest_{{ i }}, highest_{{ i }}
        {%- endfor %}
    ) found as subject, bin, n, x
    where found.n > 0

),
{% endmacro %}
