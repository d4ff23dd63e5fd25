{# Leaf expressions and the sketch generators as Postgres (16 and later) writes them. #}

{# ---- values ---- #}

{#
    There is no try_cast: a text is cast only if the server says that it can be. What is a number
    already need not be asked about (data_type is that of value_types).
#}
{% macro postgres__try_double(expression, data_type=none) -%}
    {%- set text = 'cast(' ~ expression ~ ' as text)' -%}
    {%- if data_type in ('INTEGER', 'LONGINTEGER', 'FLOAT') -%}
    cast({{ expression }} as double precision)
    {%- elif data_type == 'BOOLEAN' -%}
    cast(cast({{ expression }} as integer) as double precision)
    {%- else -%}
    case
        when pg_input_is_valid({{ text }}, 'double precision') and {{ text }} !~ '[xX]'
            then cast({{ text }} as double precision)
    end
    {%- endif -%}
{%- endmacro %}

{% macro postgres__as_number(expression, data_type=none) -%}
    {%- if data_type is not none and data_type != 'STRING' -%}
    {{ model_monitor.try_double(expression, data_type) }}
    {%- else -%}
    case lower(cast({{ expression }} as text))
        when 'true' then cast(1 as double precision)
        when 'false' then cast(0 as double precision)
        else {{ model_monitor.try_double(expression) }}
    end
    {%- endif -%}
{%- endmacro %}

{# What DuckDB takes for a boolean, and no more: 'on' and 'tr' are none. #}
{% macro postgres__try_boolean(expression, data_type=none) -%}
    {%- if data_type == 'BOOLEAN' -%}
    {{ expression }}
    {%- elif data_type in ('INTEGER', 'LONGINTEGER', 'FLOAT', 'DECIMAL') -%}
    ({{ expression }} <> 0)
    {%- else -%}
    case
        when lower(cast({{ expression }} as text)) in ('true', 't', 'yes', 'y', '1') then true
        when lower(cast({{ expression }} as text)) in ('false', 'f', 'no', 'n', '0') then false
    end
    {%- endif -%}
{%- endmacro %}

{# A time that is text: words such as 'now' are none, and a seventh digit of a second is cut off. #}
{% macro postgres__try_timestamp(expression, data_type) -%}
    {%- set data_type = data_type | lower -%}
    {%- set digits = "regexp_replace(" ~ expression ~ ", '([.][0-9]{6})[0-9]+', '\\1')" -%}
    {%- if 'with time zone' in data_type or data_type == 'timestamptz' -%}
    ({{ expression }} at time zone 'UTC')
    {%- elif modules.re.search('char|text', data_type) -%}
    case
        when {{ expression }} ~ '^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}'
            and pg_input_is_valid({{ expression }}, 'timestamp')
            then case
                when {{ expression }} ~ '{{ model_monitor.zone_at_end() }}'
                    then cast({{ digits }} as timestamptz) at time zone 'UTC'
                else cast({{ digits }} as timestamp)
            end
    end
    {%- else -%}
    cast({{ expression }} as timestamp)
    {%- endif -%}
{%- endmacro %}

{# round() of a double takes halves to the even number here, and no digits. #}
{% macro postgres__rounded(value, digits=0) -%}
    {%- set unit = '1e' ~ digits -%}
    (sign({{ value }}) * floor(abs({{ value }}) * {{ unit }}::double precision + 0.5) / {{ unit }})
{%- endmacro %}

{# A literal would be cast, and fail, while the query is planned. #}
{# There is no try_cast. 9.2e18 is a double below the largest bigint. #}
{% macro postgres__bounded_bigint(number) -%}
    case when abs({{ number }}) <= 9.2e18 then cast({{ number }} as bigint) end
{%- endmacro %}

{% macro postgres__raise_error(message) -%}
    cast(concat({{ message }}, '') as integer)
{%- endmacro %}

{% macro postgres__min_by(value, key) -%}
    (array_agg({{ value }} order by {{ key }}) filter (where {{ key }} is not null))[1]
{%- endmacro %}

{% macro postgres__joined_texts(expression, condition) -%}
    string_agg({{ expression }}, '; ' order by {{ model_monitor.text_order('(' ~ expression ~ ')') }})
        filter (where {{ condition }})
{%- endmacro %}

{% macro postgres__key_number(columns) -%}
    cast(cast('x' || left({{ model_monitor._key_digest(columns) }}, 15) as bit(60)) as bigint)
{%- endmacro %}

{# Bytes decide, whatever the collation of the database. #}
{% macro postgres__text_order(expression) -%}
    {{ expression }} collate "C"
{%- endmacro %}

{# ---- questions to the server while compiling ---- #}

{#
    An error would abort dbt's transaction: a block with a handler of its own asks for the plan, and
    leaves what it heard in a setting that the transaction forgets.
#}
{% macro postgres__binding_errors(queries, columns) %}
    {% set found = [] %}
    {% for query in queries %}
        {% do run_query(model_monitor._postgres_question(query)) %}
        {% set said = fromjson(run_query(
            "select current_setting('model_monitor.binding_error') as said"
        ).rows[0][0]) %}
        {% do found.append(said if said.message else none) %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}

{% macro _postgres_question(query) %}
do $model_monitor$
declare
    state text;
    said text;
begin
    perform set_config('model_monitor.binding_error', '{}', true);
    execute 'explain ' || {{ model_monitor.text_literal(query) }};
exception when others then
    get stacked diagnostics state = returned_sqlstate, said = message_text;
    perform set_config('model_monitor.binding_error', cast(json_build_object(
        'message', said,
        'column', case when state = '42703' then substring(said from '"(?:[^"]*\.)?([^".]+)"') end
    ) as text), true);
end
$model_monitor$
{% endmacro %}

{#
    Nothing in a query catches an error here, but a function does. It is of the session alone (pg_temp)
    and takes the columns that the expression names, under their names: so the expression stands in it as
    it is written. More than a hundred it could not take; one of none is the same for every row. An
    aggregate is asked of the rows of its group, which it takes in an array.
#}
{% macro postgres__guarded(expression, relation, columns, per=none) %}
    {% set named = model_monitor._named_columns(expression, columns) %}
    {% if not named or (per is none and named | length > 100) %}
        {{ return(expression) }}
    {% endif %}
    {% set function = model_monitor._guard_name(expression, relation, per) %}
    {% set names = model_monitor._quoted_names(named, per) | join(', ') %}
    {{ return(
        function ~ '(' ~ names ~ ')' if per is none
        else function ~ '(array_agg(cast(row(' ~ names ~ ') as ' ~ function ~ '_row)))'
    ) }}
{% endmacro %}

{#
    A view tells the type, and whether the expression is one of a row and of these columns: what looks
    at other rows, or makes some, cannot stand in a filter (nor, of groups, in a `having`). Such a one,
    one that cannot be read, and a role that may not make what is temporary, are left without a function:
    whether there is one is asked afterwards, as of any other name.
#}
{% macro postgres__guard_statement(expressions, relation, columns, per=none) %}
    {% set blocks = [] %}
    {% for expression in expressions
        if model_monitor.guarded(expression, relation, columns, per) != expression %}
        {% set block = [] %}
        {% for statement in model_monitor._guard_statements(expression, relation, columns, per) %}
            {% do block.append('execute ' ~ model_monitor.text_literal(statement) ~ ';') %}
        {% endfor %}
        {% do blocks.append(
            'begin\n' ~ block | join('\n') ~ '\nexception when others then null;\nend;'
        ) %}
    {% endfor %}
    {{ return(
        'do $model_monitor$\nbegin\n' ~ blocks | join('\n') ~ '\nend\n$model_monitor$'
        if blocks else none
    ) }}
{% endmacro %}

{% macro _guard_statements(expression, relation, columns, per) %}
    {% set function = model_monitor._guard_name(expression, relation, per) %}
    {% set names = model_monitor._quoted_names(
        model_monitor._named_columns(expression, columns), per
    ) %}
    {% set value = '(' ~ expression ~ '\n)' %}
    {% set rows = 'select ' ~ names | join(', ') ~ ' from ' ~ relation %}
    {% set view = 'pg_temp.model_monitor_value' %}
    {% set of_rows = 'create temp view model_monitor_value as select ' ~ value ~ ' as v from ('
        ~ rows ~ ') as log_row' %}
    {% set result = ' returns ' ~ view ~ '.v%type language plpgsql stable as ' %}
    {#- in a query within the expression a column of its own comes first, as everywhere -#}
    {% set body = '#variable_conflict use_column\nbegin return %s; exception when others then return null; end' %}
    {% if per is none %}
        {% set parameters = [] %}
        {% for name in names %}
            {% do parameters.append(name ~ ' ' ~ relation ~ '.' ~ name ~ '%type') %}
        {% endfor %}
        {{ return([
            of_rows ~ ' where ' ~ value ~ ' is null',
            'create or replace function ' ~ function ~ '(' ~ parameters | join(', ') ~ ')' ~ result
            ~ model_monitor.text_literal(body | replace('%s', value)),
            'drop view ' ~ view,
        ]) }}
    {% endif %}
    {% set grouped = ' group by ' ~ adapter.quote(per) %}
    {% set of_group = '(select ' ~ value ~ ' from unnest(model_monitor_rows) as log_row' ~ grouped ~ ')' %}
    {{ return([
        of_rows ~ grouped ~ ' having ' ~ value ~ ' is null',
        'drop table if exists ' ~ function ~ '_row cascade',
        'create temp table ' ~ function.split('.')[1] ~ '_row as ' ~ rows ~ ' with no data',
        'create function ' ~ function ~ '(model_monitor_rows ' ~ function ~ '_row[])' ~ result
        ~ model_monitor.text_literal(body | replace('%s', of_group)),
        'drop view ' ~ view,
    ]) }}
{% endmacro %}

{# The names of the columns as the server takes them, and of that which makes a group. #}
{% macro _quoted_names(columns, per) %}
    {% set names = [] %}
    {% for column in (columns + ([per] if per is not none else [])) | unique %}
        {% do names.append(adapter.quote(column)) %}
    {% endfor %}
    {{ return(names) }}
{% endmacro %}

{# Which columns an expression may mean: whose names stand in it as words. #}
{% macro _named_columns(expression, columns) %}
    {% set named = [] %}
    {% for column in columns
        if modules.re.search('(?i)(?<!\\w)' ~ modules.re.escape(column) ~ '(?!\\w)', expression) %}
        {% do named.append(column) %}
    {% endfor %}
    {{ return(named) }}
{% endmacro %}

{% macro _guard_name(expression, relation, per=none) %}
    {% set place = relation ~ ' ' ~ (per ~ ' ' if per is not none else '') %}
    {{ return('pg_temp.model_monitor_' ~ local_md5(place ~ expression)[:16]) }}
{% endmacro %}

{# In the words of the driver, which knows numbers, texts, booleans and times apart. #}
{% macro postgres__value_types(rows, count) %}
    {% set types = {} %}
    {% set query = 'select * from (' ~ rows ~ ') as log_rows where 1 = 0' %}
    {% if execute and count and model_monitor.binding_errors([query])[0] is none %}
        {% for column in adapter.get_column_schema_from_query(query) %}
            {% do types.update({column.name: column.data_type | upper}) %}
        {% endfor %}
    {% endif %}
    {% set found = [] %}
    {% for i in range(count) %}
        {% do found.append(types.get('v' ~ i)) %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}

{# ---- the job on this server ---- #}

{#
    For this transaction alone. Tables here have no indexes and are joined by many columns at once, of
    which the planner multiplies the odds, expects one row and chooses a loop that takes hours, or a
    merge by two of the columns, which is such a loop within them (what is hashed has them all);
    compiling long formulas to machine code takes longer than they run; and four megabytes per sort
    would write every other one to disk.
#}
{% macro postgres__before_model() -%}
    select
        set_config('enable_nestloop', 'off', true),
        set_config('enable_mergejoin', 'off', true),
        set_config('jit', 'off', true),
        case when pg_size_bytes(current_setting('work_mem')) < pg_size_bytes('64MB')
            then set_config('work_mem', '64MB', true) end
{%- endmacro %}

{# The next model's plan depends on what is known of this one, and nobody else says so in time. #}
{% macro postgres__after_model(relation, materialized) -%}
    {%- if execute and materialized in ('table', 'view') -%}
        {%- do model_monitor._postgres_stays(relation, materialized) -%}
    {%- endif -%}
    {%- if materialized in ('table', 'incremental', 'seed') -%}
    analyze {{ relation }}
    {%- endif -%}
{%- endmacro %}

{#
    dbt has renamed the former table or view and drops it after the commit, with every view on it and
    what was granted. Here the former takes over what the new one holds, and its name: what is dropped
    is the new one, on which nothing stands. So it is with what is public, and with what a view reads
    that is not of the intermediate ones; unless its columns have changed. By delete, not truncate: who
    looked before the commit goes on seeing what was there. dbt remembers which views stand on what.
#}
{% macro _postgres_stays(relation, materialized) -%}
    {%- set former = make_backup_relation(relation, materialized) -%}
    {%- set meanwhile = make_intermediate_relation(relation) -%}
    {%- set found = run_query(model_monitor._postgres_former(relation, former)).rows -%}
    {%- if found and (model.access == 'public' or found[0][0]) -%}
        {%- for old, new in [(former, meanwhile), (relation, former), (meanwhile, relation)] -%}
            {%- do adapter.cache_renamed(old, new) -%}
        {%- endfor -%}
        {%- set taken_over -%}
            {%- if materialized == 'view' -%}
            create or replace view {{ former }} as {{ found[0][1] }}
            {%- else -%}
            delete from {{ former }};
            insert into {{ former }} select * from {{ relation }};
            {%- endif %}
            alter table {{ former }} rename to {{ adapter.quote(meanwhile.identifier) }};
            alter table {{ relation }} rename to {{ adapter.quote(former.identifier) }};
            alter table {{ meanwhile }} rename to {{ adapter.quote(relation.identifier) }}
        {%- endset -%}
        {%- do run_query(taken_over) -%}
        {%- if model.config.grants -%}
            {#- dbt takes it for a new one, of which nothing need be taken back -#}
            {%- do apply_grants(relation, model.config.grants, should_revoke=true) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# One row if there is a former with the columns of this one: who reads it, and the text of the view. #}
{% macro _postgres_former(relation, former) -%}
with recursive kinds as (

    select
        oid,
        relkind,
        relpersistence,
        (
            select string_agg(
                concat_ws(' ', attname, atttypid, atttypmod, attcollation, attnotnull),
                ', ' order by attnum
            )
            from pg_attribute
            where attrelid = pg_class.oid
                and attnum > 0
                and not attisdropped
        ) as columns
    from pg_class
    where oid in (
        to_regclass({{ model_monitor.text_literal(relation | string) }}),
        to_regclass({{ model_monitor.text_literal(former | string) }})
    )

),

readers as (

    select to_regclass({{ model_monitor.text_literal(former | string) }})::oid as reader
    union
    select rules.ev_class
    from readers
    inner join pg_depend as uses
        on readers.reader = uses.refobjid
        and uses.refclassid = 'pg_class'::regclass
        and uses.classid = 'pg_rewrite'::regclass
    inner join pg_rewrite as rules
        on uses.objid = rules.oid

)

select
    (
        select count(*) > 0
        from readers
        inner join pg_class
            on readers.reader = pg_class.oid
        where pg_class.relname !~ '^(int|stg)_monitor__'
    ) as is_read,
    pg_get_viewdef(to_regclass({{ model_monitor.text_literal(relation | string) }})) as view_text
from kinds
group by relkind, relpersistence, columns
having count(*) = 2
{%- endmacro %}


{# ---- rulers: what the reference holds ---- #}

{# A sorted array per subject: every percentile is one of its places, counted in whole thousandths. #}
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

    -- one row per subject and value: how often it is there (null: missing or invalid)
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
    Each value is turned into its bin once (width_bucket over the edges), each row into the number of
    its group once per scan: what is counted then is one integer, the group beside the subject and its
    bin. The rows of the result are those of duckdb__bin_sketch.
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

    -- bins are (lower, upper] and width_bucket's are [lower, upper): both are turned round
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

    -- offset 0 is a fence: a value is cast here once, not wherever it is used
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

{# What is scanned; codes collects which subjects are counted together, and how: [(position, is fine), …]. #}
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
    -- an hour of a slice that could never be judged is not kept
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
        -- null where no row has a number, as DuckDB counts
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

{# One slice (or the whole) out of one scan: the groups are summed over the columns it does not have. #}
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

{# The groups of a scan, and which group of the slice each is a part of. #}
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

{% macro postgres__names_are_exact() %}
    {{ return(true) }}
{% endmacro %}
