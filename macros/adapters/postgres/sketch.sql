{# A sorted array per subject: every percentile is one of its elements, indexed in whole thousandths. #}
{% macro postgres__reference_facts(monitor, log) %}
{% set subjects = log.subjects %}
{% set rows = model_monitor.reference_rows(monitor, log, subjects) %}
{% set types = model_monitor.value_types(rows, subjects | length) %}
{% set here = model_monitor.of_log(monitor, log.name) %}
(
    with typed_rows as materialized (

        select
            *
            {%- for subject in subjects if subject.type != 'categorical' %},
            {%- set k = subjects.index(subject) %}
            {{ model_monitor.subject_number(subject, 'v' ~ k, types[k]) }} as x{{ k }}
            {%- endfor %}
        from (
            {{ rows | indent(12) }}
        ) as raw_rows
        where exists (select 1 from pending where {{ here }})

    ),

    -- one row per subject and value with its row count (null: missing or invalid)
    value_counts as materialized (

        select
            null as subject,
            null as name,
            cast(null as double precision) as value,
            cast(null as boolean) as is_missing,
            cast(null as bigint) as row_count
        where 1 = 0
        {%- for subject in subjects %}
        {%- set k = loop.index0 %}
        union all
        {%- if subject.type == 'categorical' %}
        select
            {{ model_monitor.text_literal(subject.name) }},
            cast(v{{ k }} as text),
            null,
            v{{ k }} is null,
            count(*)
        from typed_rows
        group by cast(v{{ k }} as text), v{{ k }} is null
        {%- else %}
        {%- set valid = 'case when ' ~ (model_monitor.is_valid_number(subject, 'x' ~ k) | trim)
            ~ ' then x' ~ k ~ ' + 0.0 end' %}
        select
            {{ model_monitor.text_literal(subject.name) }},
            null,
            {{ valid }},
            v{{ k }} is null,
            count(*)
        from typed_rows
        group by {{ valid }}, v{{ k }} is null
        {%- endif %}
        {%- endfor %}

    ),

    {{ model_monitor.counted_facts(monitor, log) | indent(4) }}
)
{% endmacro %}

{# ---- the sketch: how many rows fell into each bin ---- #}

{#
    Each value is mapped to its bin once (width_bucket over the edges), and each row to the number
    of its group once per scan. Counting then needs one integer: the group, together with the
    subject and its bin. The result has the same rows as duckdb__bin_sketch.
#}
{% macro postgres__bin_sketch(monitor, log, kind) %}
{% set columns = model_monitor.slice_columns(log) %}
{% set subjects = log.subjects %}
{% set numeric = subjects | selectattr('type', 'equalto', 'numeric') | list %}
{% set here = model_monitor.of_log(monitor, log.name) %}
{% set has_hours = 'hour' in monitor.windows and kind == 'log' %}
{% set codes = [] %}
{% set scans = model_monitor._postgres_scans(monitor, log, has_hours, codes) %}
{% set whole = scans | map(attribute='columns') | map('length') | list %}
{% set whole = whole.index(0) %}
{% set rows = model_monitor.sketched_rows(monitor, log, subjects, kind) %}
{% set types = model_monitor.touched_value_types(rows, subjects | length) %}
(
    with touched as materialized (

        {{ model_monitor.touched_rows(monitor, log, kind) | indent(8) }}

    ),

    -- bins are (lower, upper] and those of width_bucket are [lower, upper): negating both sides
    -- fixes this
    ruler_edges as materialized (

        select
            bins.subject,
            array_agg(-bins.upper_edge order by bins.bin desc) as edges,
            array_agg(bins.cell_bin order by bins.bin) as cells,
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

    ruler as materialized (

        select
            {%- for subject in numeric %}
            {%- set i = subjects.index(subject) %}
            {%- set of = 'from ruler_edges where subject = ' ~ model_monitor.text_literal(subject.name) %}
            coalesce((select edges {{ of }}), array[cast('-Infinity' as double precision)]) as e{{ i }},
            coalesce((select cells {{ of }}), array[1000]) as g{{ i }},
            (select center {{ of }}) as c{{ i }},
            (select scale {{ of }}) as k{{ i }},
            {%- endfor %}
            1 as nothing

    ),

    categories as materialized (

        select
            subject,
            category,
            bin
        from {{ ref('model_monitor', 'int_monitor__ruler_categories') }}
        where {{ here }}

    ),

    vocabulary as materialized (

        select
            slice_name,
            slice_value,
            cast(row_number() over () as integer) as code
        from {{ ref('model_monitor', 'int_monitor__vocabulary') }}
        where {{ here }}

    ),

    -- offset 0 is an optimisation fence: a value is cast here once, not wherever it is used
    typed_rows as (

        select
            raw_rows.*
            {%- for subject in subjects if subject.type != 'categorical' %},
            {%- set i = subjects.index(subject) %}
            {{ model_monitor.subject_number(subject, 'v' ~ i, types[i]) }} as x{{ i }}
            {%- endfor %}
        from (
            {{ rows | indent(12) }}
        ) as raw_rows
        where {{ model_monitor.is_touched(log, kind) }}
        offset 0

    ),

    binned_rows as (

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
            coalesce(vocabulary_{{ loop.index0 }}.code, 0) as d{{ loop.index0 }}
            {%- endfor %}
            {%- for subject in subjects %},
            {%- set i = loop.index0 %}
            {%- if subject.type == 'categorical' %}
            case when typed_rows.v{{ i }} is null then -1 else coalesce(categories_{{ i }}.bin, -2) end as b{{ i }}
            {%- else %}
            {%- set is_valid = model_monitor.is_valid_number(subject, 'typed_rows.x' ~ i) | trim %}
            case when {{ is_valid }} then typed_rows.x{{ i }} + 0.0 end as x{{ i }},
            case
                when typed_rows.v{{ i }} is null then -1
                when not coalesce({{ is_valid }}, false) then -2
                {%- if subject.type == 'boolean' %}
                else cast(typed_rows.x{{ i }} as integer)
                {%- else %}
                else cardinality(ruler.e{{ i }}) - width_bucket(-typed_rows.x{{ i }}, ruler.e{{ i }})
                {%- endif %}
            end as b{{ i }}
            {%- endif %}
            {%- endfor %}
        from typed_rows
        cross join ruler
        {{- model_monitor.vocabulary_lookups(columns, 'typed_rows') | indent(8) }}
        {%- for subject in subjects if subject.type == 'categorical' %}
        {%- set i = subjects.index(subject) %}
        left join categories as categories_{{ i }}
            on categories_{{ i }}.subject = {{ model_monitor.text_literal(subject.name) }}
            and categories_{{ i }}.category = cast(typed_rows.v{{ i }} as text)
        {%- endfor %}
        offset 0

    ),

    -- codes: 4096 numbers for each subject, 16 of them below its first bin
    log_rows as materialized (

        select
            binned_rows.day_start,
            {%- if has_hours %}
            binned_rows.hour_start,
            {%- endif %}
            binned_rows.model_version,
            binned_rows.role,
            binned_rows.arm
            {%- for column in columns %},
            binned_rows.d{{ loop.index0 }}
            {%- endfor %}
            {%- for subject in numeric %}
            {%- set i = subjects.index(subject) %},
            binned_rows.x{{ i }},
            {{ model_monitor.in_scales('binned_rows.x' ~ i ~ ' - ruler.c' ~ i, 'ruler.k' ~ i) }} as u{{ i }}
            {%- endfor %}
            {%- for code in codes %},
            array[
                {%- for i, is_fine in code %}
                {%- if is_fine %}
                b{{ i }}
                {%- else %}
                case when b{{ i }} < 0 then b{{ i }} else ruler.g{{ i }}[b{{ i }} + 1] end
                {%- endif %} + {{ i * 4096 + 16 }}{{ ',' if not loop.last }}
                {%- endfor %}
            ] as codes_{{ loop.index0 }}
            {%- endfor %}
        from binned_rows
        cross join ruler

    ),
    {%- set outputs = [] %}
    {%- for scan in scans %}
    {{- model_monitor._postgres_scan(monitor, log, scan, loop.index0) | indent(4) }}
    {%- if scan.grain == 'hour' and not scan.columns %}

    hour_cells as materialized (

        {{ model_monitor.hour_cells(monitor, log) | indent(4) }}

    ),

    hourly_{{ loop.index0 }} as (

        select
            binned.group_id,
            binned.subject,
            coalesce(hour_cells.cell_bin, binned.bin) as bin,
            sum(binned.n) as n,
            sum(binned.s1) as s1,
            sum(binned.s2) as s2,
            min(binned.value_min) as value_min,
            max(binned.value_max) as value_max,
            sum(binned.clamped) as clamped
        from binned_{{ loop.index0 }} as binned
        left join hour_cells
            on binned.subject = hour_cells.subject
            and binned.bin = hour_cells.bin
        group by binned.group_id, binned.subject, coalesce(hour_cells.cell_bin, binned.bin)

    ),
    {%- endif %}
    {%- for slice in scan.slices %}
    {%- for grain in ['hour', 'day'] if grain == scan.grain or not scan.columns and scan.grain == 'hour' %}
    {%- do outputs.append(
        model_monitor._postgres_rolled_up(log, scan, slice, [scans.index(scan), grain])
    ) %}
    {%- endfor %}
    {%- endfor %}
    {%- endfor %}
    {%- if numeric %}

    extremes as materialized (

        select
            date_trunc('day', groups_{{ whole }}.period_time) as day_start,
            groups_{{ whole }}.model_version,
            groups_{{ whole }}.role,
            groups_{{ whole }}.arm
            {%- for subject in numeric %}
            {%- set i = subjects.index(subject) %},
            min(wide_{{ whole }}.lowest_{{ i }}) as lowest_{{ i }},
            max(wide_{{ whole }}.highest_{{ i }}) as highest_{{ i }}
            {%- endfor %}
        from wide_{{ whole }}
        inner join groups_{{ whole }}
            on wide_{{ whole }}.group_id = groups_{{ whole }}.group_id
        group by 1, 2, 3, 4

    ),

    at_extremes as (

        select
            log_rows.day_start,
            log_rows.model_version,
            log_rows.role,
            log_rows.arm
            {%- for subject in numeric %}
            {%- set i = subjects.index(subject) %},
            min(extremes.lowest_{{ i }}) as lowest_{{ i }},
            min(extremes.highest_{{ i }}) as highest_{{ i }},
            count(*) filter (where log_rows.x{{ i }} = extremes.lowest_{{ i }}) as at_lowest_{{ i }},
            count(*) filter (where log_rows.x{{ i }} = extremes.highest_{{ i }}) as at_highest_{{ i }}
            {%- endfor %}
        from log_rows
        inner join extremes
            on log_rows.day_start = extremes.day_start
            and log_rows.model_version = extremes.model_version
            and log_rows.role = extremes.role
            and log_rows.arm = extremes.arm
        group by 1, 2, 3, 4

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
            cast(null as numeric) as s1,
            cast(null as numeric) as s2,
            found.x as value_min,
            found.x as value_max,
            cast(null as bigint) as clamped
        from at_extremes
        cross join lateral (
            values
            {%- for subject in numeric %}
            {%- set i = subjects.index(subject) %}
            ({{ i }}, -4, at_extremes.at_lowest_{{ i }}, at_extremes.lowest_{{ i }}),
            ({{ i }}, -5, at_extremes.at_highest_{{ i }}, at_extremes.highest_{{ i }}){{ ',' if not loop.last }}
            {%- endfor %}
        ) as found (subject, bin, n, x)
        where found.n > 0

    ),
    {%- do outputs.append('select * from output_extremes') %}
    {%- endif %}

    {{ model_monitor.kept_outputs(monitor, log, outputs) | indent(4) }}
)
{% endmacro %}

{# The scans. `codes` collects which subjects are counted together, and how: [(position, is fine), …]. #}
{% macro _postgres_scans(monitor, log, has_hours, codes) %}
    {% set scans = model_monitor.sketch_scans(log, has_hours) %}
    {% for scan in scans %}
        {% set code = [] %}
        {% for subject in scan.subjects %}
            {% do code.append([
                log.subjects.index(subject), subject in scan.fine or subject.type != 'numeric'
            ]) %}
        {% endfor %}
        {% if code not in codes %}
            {% do codes.append(code) %}
        {% endif %}
        {% do scan.update({'codes': codes.index(code)}) %}
    {% endfor %}
    {{ return(scans) }}
{% endmacro %}

{# The groups of one scan by number, their counts by code and their sums. #}
{% macro _postgres_scan(monitor, log, scan, k) %}
{%- set subjects = log.subjects -%}
{%- set numeric = scan.subjects | selectattr('type', 'equalto', 'numeric') | list -%}
{%- set slice_columns = model_monitor.slice_columns(log) -%}
{%- set dimensions = [] -%}
{%- for column in scan.columns -%}
    {%- do dimensions.append('d' ~ slice_columns.index(column)) -%}
{%- endfor -%}
{%- set keys = [scan.grain ~ '_start', 'model_version', 'role', 'arm'] + dimensions %}

groups_{{ k }} as materialized (

    select
        found.group_id,
        found.{{ scan.grain }}_start as period_time,
        found.model_version,
        found.role,
        found.arm
        {%- for dimension in dimensions %},
        found.{{ dimension }} as code_{{ dimension }},
        coalesce(label_{{ dimension }}.slice_value, '(other)') as {{ dimension }}
        {%- endfor %}
    from (
        select
            {{ keys | join(', ') }},
            row_number() over () as group_id,
            sum(count(*)) over (
                partition by {{ ([scan.grain ~ '_start'] + dimensions) | join(', ') }}
            ) as row_count
        from log_rows
        group by {{ keys | join(', ') }}
    ) as found
    {%- for dimension in dimensions %}
    left join vocabulary as label_{{ dimension }}
        on found.{{ dimension }} = label_{{ dimension }}.code
    {%- endfor %}
    {%- if scan.grain == 'hour' and scan.columns %}
    -- an hour of a slice with too few rows to be evaluated is not stored
    where found.row_count >= {{ monitor.limits.min_rows if scan.columns | length == 1 else monitor.limits.min_cell }}
    {%- endif %}

),

numbered_{{ k }} as (

    select
        groups_{{ k }}.group_id,
        log_rows.*
    from log_rows
    inner join groups_{{ k }}
        on log_rows.{{ scan.grain }}_start = groups_{{ k }}.period_time
        and log_rows.model_version = groups_{{ k }}.model_version
        and log_rows.role = groups_{{ k }}.role
        and log_rows.arm = groups_{{ k }}.arm
        {%- for dimension in dimensions %}
        and log_rows.{{ dimension }} = groups_{{ k }}.code_{{ dimension }}
        {%- endfor %}

),

counted_{{ k }} as (

    select
        packed >> 22 as group_id,
        cast(packed & 4194303 as integer) / 4096 as subject,
        cast(packed & 4095 as integer) - 16 as bin,
        n
    from (
        select
            packed,
            count(*) as n
        from (
            select (group_id << 22) + unnest(codes_{{ scan.codes }}) as packed
            from numbered_{{ k }}
        ) as codes
        group by packed
    ) as counts

),

wide_{{ k }} as materialized (

    select
        numbered_{{ k }}.group_id,
        count(*) as row_count
        {%- for subject in numeric %}
        {%- set i = subjects.index(subject) %}
        {%- set u = 'numbered_' ~ k ~ '.u' ~ i %}
        {%- set held = 'least(greatest(' ~ u ~ ', -1e6), 1e6)' %},
        -- least() would turn a null into the limit
        sum(case when {{ u }} is not null then cast(floor({{ held }} * 1e6 + 0.5) as bigint) end) as s1_{{ i }},
        sum(case when {{ u }} is not null then cast(floor({{ held }} * {{ held }} * 1e6 + 0.5) as bigint) end)
            as s2_{{ i }},
        min(numbered_{{ k }}.x{{ i }}) as lowest_{{ i }},
        max(numbered_{{ k }}.x{{ i }}) as highest_{{ i }}
        {%- if not scan.columns %},
        -- null where no row has a number, as in DuckDB
        sum(case
            when abs(floor({{ held }} * 1e6 + 0.5)) >= 1e12 and {{ u }} is not null then 1
            when {{ u }} is not null then 0
        end) as clamped_{{ i }}
        {%- endif %}
        {%- endfor %}
    from numbered_{{ k }}
    group by numbered_{{ k }}.group_id

),

binned_{{ k }} as materialized (

    select
        group_id,
        subject,
        bin,
        n,
        cast(null as numeric) as s1,
        cast(null as numeric) as s2,
        cast(null as double precision) as value_min,
        cast(null as double precision) as value_max,
        cast(null as bigint) as clamped
    from counted_{{ k }}
    union all
    select
        wide_{{ k }}.group_id,
        sums.subject,
        -9,
        wide_{{ k }}.row_count,
        sums.s1,
        sums.s2,
        sums.lowest,
        sums.highest,
        sums.clamped
    from wide_{{ k }}
    cross join lateral (
        values
        {%- for subject in scan.subjects %}
        {%- set i = subjects.index(subject) %}
        {%- if subject.type == 'numeric' %}
        ({{ i }}, s1_{{ i }}, s2_{{ i }}, lowest_{{ i }}, highest_{{ i }},
            {{ 'clamped_' ~ i if not scan.columns else 'cast(null as bigint)' }})
        {%- else %}
        ({{ i }}, cast(null as numeric), cast(null as numeric), cast(null as double precision),
            cast(null as double precision), cast(null as bigint))
        {%- endif %}{{ ',' if not loop.last }}
        {%- endfor %}
    ) as sums (subject, s1, s2, lowest, highest, clamped)

),
{% endmacro %}

{# One slice (or all rows) from one scan: groups are summed over the columns that the slice lacks. #}
{% macro _postgres_rolled_up(log, scan, slice, output) %}
{%- set k = output[0] -%}
{%- set grain = output[1] -%}
{%- set label = "'(all)'" if not slice.columns else model_monitor.joined_labels(log, slice) -%}
{%- set is_as_scanned = slice.columns == scan.columns and slice.columns | length < 2 and grain == scan.grain -%}
select
    '{{ grain }}' as grain,
    named.period_time,
    named.model_version,
    named.role,
    named.arm,
    {{ model_monitor.text_literal(slice.name) }} as slice_name,
    named.slice_value,
    summed.subject,
    summed.bin,
    summed.n,
    summed.s1,
    summed.s2,
    summed.value_min,
    summed.value_max,
    summed.clamped
from (
    {%- if is_as_scanned %}
    select
        group_id as named_id,
        subject,
        bin,
        n,
        s1,
        s2,
        value_min,
        value_max,
        clamped
    from {{ 'hourly' if grain == 'hour' and not scan.columns else 'binned' }}_{{ k }}
    {%- else %}
    select
        named_groups.named_id,
        binned_{{ k }}.subject,
        binned_{{ k }}.bin,
        sum(binned_{{ k }}.n) as n,
        sum(binned_{{ k }}.s1) as s1,
        sum(binned_{{ k }}.s2) as s2,
        min(binned_{{ k }}.value_min) as value_min,
        max(binned_{{ k }}.value_max) as value_max,
        sum(binned_{{ k }}.clamped) as clamped
    from binned_{{ k }}
    inner join ({{ model_monitor._postgres_named(slice, label, output, scan) }}) as named_groups
        on binned_{{ k }}.group_id = named_groups.group_id
    group by named_groups.named_id, binned_{{ k }}.subject, binned_{{ k }}.bin
    {%- endif %}
) as summed
inner join (
    {%- if is_as_scanned %}
    select
        group_id as named_id,
        period_time,
        model_version,
        role,
        arm,
        {{ label }} as slice_value
    from groups_{{ k }}
    {%- else %}
    select distinct
        named_id,
        period_time,
        model_version,
        role,
        arm,
        slice_value
    from ({{ model_monitor._postgres_named(slice, label, output, scan) }}) as named_groups
    {%- endif %}
) as named
    on summed.named_id = named.named_id
{% endmacro %}

{# The groups of a scan, each with the number of the slice group that contains it. #}
{% macro _postgres_named(slice, label, output, scan) %}
select
    labelled.*,
    dense_rank() over (order by period_time, model_version, role, arm, slice_value) as named_id
from (
    select
        group_id,
        {{ 'period_time' if output[1] == scan.grain else "date_trunc('day', period_time) as period_time" }},
        model_version,
        role,
        arm,
        {%- if slice.columns | length > 1 %}
        case
            when {{ label }} in (
                select slice_value
                from vocabulary
                where slice_name = {{ model_monitor.text_literal(slice.name) }}
            )
                then {{ label }}
            else '(other)'
        end as slice_value
        {%- else %}
        {{ label }} as slice_value
        {%- endif %}
    from groups_{{ output[0] }}
) as labelled
{% endmacro %}
