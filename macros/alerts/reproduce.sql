{#
    The parts of the queries that reproduce an alert from the raw log. These macros return text; in
    a template, placeholders such as {rows} stand for the values of an alert (see filled).
#}

{# The columns of the source of a log's rulers. #}
{% macro reference_columns(monitor, log, source) %}
    {% if model_monitor.reference_kind(monitor, log) == 'training' %}
        {{ return(model_monitor.relation_columns(
            model_monitor.relation(monitor.reference.relation), []
        ).columns) }}
    {% endif %}
    {{ return(source.columns.columns) }}
{% endmacro %}

{# A subject as an expression over raw rows; a null if its column is absent. #}
{% macro raw_expression(subject, columns) %}
    {{ return(subject.sql if subject.column is none or model_monitor._has(subject.column, columns)
        else 'cast(null as ' ~ model_monitor.type_text() ~ ')') }}
{% endmacro %}

{# A raw value in the form of the sketches: a number, a boolean as 0 or 1, or a category's label. #}
{% macro raw_value(subject) %}
    {%- if subject.type == 'categorical' -%}
        {{- return(model_monitor.category_label('cast(v0 as ' ~ model_monitor.type_text() ~ ')') | trim) -}}
    {%- endif -%}
    {{- return(model_monitor.as_number('v0') | trim) -}}
{% endmacro %}

{# A metric over raw rows: the sum, divided by another sum, by clusters, or by the rows that count. #}
{% macro raw_metric(metric) %}
    {%- if metric.is_row_count -%}
        {{- return('count(*)') -}}
    {%- endif -%}
    {%- set counts = model_monitor._metric_counts(metric) | replace('typed_rows.', '') -%}
    {%- set ns = namespace(counts=counts) -%}
    {%- for part in ['numerator', 'denominator'] if metric[part] is not none -%}
        {%- set ns.counts = ns.counts | replace('x' ~ metric[part], model_monitor.as_number('v' ~ metric[part]) | trim) -%}
    {%- endfor -%}
    {%- set a = model_monitor.as_number('v' ~ metric.numerator) | trim -%}
    {%- set top = 'sum(case when ' ~ ns.counts ~ ' then ' ~ a ~ ' end)' -%}
    {%- if metric.denominator is not none -%}
        {%- set below = 'sum(case when ' ~ ns.counts ~ ' then ' ~ (model_monitor.as_number('v' ~ metric.denominator) | trim) ~ ' end)' -%}
    {%- elif metric.per is not none -%}
        {%- set below = 'count(distinct case when ' ~ ns.counts ~ ' then v' ~ metric.per ~ ' end)' -%}
    {%- else -%}
        {%- set below = 'count(case when ' ~ ns.counts ~ ' then 1 end)' -%}
    {%- endif -%}
    {{- return(top ~ ' * 1.0 / nullif(' ~ below ~ ', 0)') -}}
{% endmacro %}

{# The label of a slice over raw rows with d0…. #}
{% macro raw_label(monitor, log, slice) %}
    {%- set columns = model_monitor.slice_columns(log) -%}
    {%- set parts = [] -%}
    {%- for column in slice.columns -%}
        {%- set label = model_monitor.slice_label('d' ~ columns.index(column)) | trim -%}
        {%- set pooled = 'case when (' ~ label ~ ') in (select slice_value from '
            ~ ref('model_monitor', 'int_monitor__vocabulary')
            ~ ' where monitor = ' ~ model_monitor.text_literal(monitor.name)
            ~ ' and log = ' ~ model_monitor.text_literal(log.name)
            ~ ' and slice_name = ' ~ model_monitor.text_literal(column)
            ~ ') then (' ~ label ~ ") else '(other)' end" -%}
        {%- if slice.columns | length > 1 -%}
            {%- do parts.append("case when position('+' in " ~ pooled ~ ") > 0 then '\"' || " ~ pooled
                ~ " || '\"' else " ~ pooled ~ ' end') -%}
        {%- else -%}
            {%- do parts.append(pooled) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(parts | join(" || '+' || ")) -}}
{% endmacro %}

{# A condition on the weekday of raw rows; the number of the weekday follows it. #}
{% macro raw_weekday() -%}
    {{- return('\n        and mod('
        ~ dbt.datediff("cast('1970-01-01' as timestamp)", 'event_time', 'day') ~ ', 7) = ') -}}
{%- endmacro %}

{# The share of rows for each metric, over x, the typed value, and v0, the raw one. #}
{% macro raw_rates() %}
    {%- set finite = model_monitor.is_measurable('x') -%}
    {%- set is_valid = finite ~ ' and x between {least} and {most}' -%}
    {%- set valid = 'case when ' ~ is_valid ~ ' then x end' -%}
    {%- set quantiles = {} -%}
    {%- for level in model_monitor.quantile_levels() -%}
        {%- do quantiles.update({'p%02d' % level: 'percentile_cont(' ~ level / 100
            ~ ') within group (order by ' ~ valid ~ ')'}) -%}
    {%- endfor -%}
    {{ return(dict({
        'missing_rate': 'avg(case when v0 is null then 1.0 else 0.0 end)',
        'invalid_rate': 'avg(case when v0 is not null and (x is null or not ' ~ finite
            ~ ' or x < {least} or x > {most}) then 1.0 else 0.0 end)',
        'out_of_range_rate': 'avg(case when x < {min} or x > {max} then 1.0 else 0.0 end)',
        'stale_rate': 'avg(case when x > {stale} then 1.0 else 0.0 end)',
        'low_confidence_share': 'avg(case when x between {least} and {unsure} then 1.0 else 0.0 end)',
        'zero_rate': 'avg(case when x = 0 then 1.0 else 0.0 end)',
        'unseen_share': 'avg(case when v0 is not null and x not in (select category from {categories})'
            ~ ' then 1.0 else 0.0 end)',
        'top_share': '(select max(n) from (select count(*) as n from current_rows where x is not null group by x)'
            ~ ' as counts) * 1.0 / count(*)',
        'at_min_share': 'avg(case when x = (select min(x) from current_rows where ' ~ is_valid
            ~ ') then 1.0 else 0.0 end)',
        'at_max_share': 'avg(case when x = (select max(x) from current_rows where ' ~ is_valid
            ~ ') then 1.0 else 0.0 end)',
        'extreme_share': 'avg(case when x between {least} and 1e-2 or (x > 99e-2 and x <= {most})'
            ~ ' then 1.0 else 0.0 end)',
        'value': 'avg(x)',
        'rate': 'avg(x)',
        'mean': 'avg(' ~ valid ~ ')',
        'min': 'min(' ~ valid ~ ')',
        'max': 'max(' ~ valid ~ ')',
    }, **quantiles)) }}
{% endmacro %}

{% macro template_rows() -%}
with log_rows as (
{rows}
),

current_rows as (
    select
        {value} as x,
        log_rows.*
    from log_rows
    where role = 'live'
        and event_time >= cast('{start}' as timestamp)
        and event_time < cast('{end}' as timestamp){cell}
)
{%- endmacro %}

{% macro template_baseline() -%}
,

before_rows as (
{before}
),

baseline_rows as (
    select
        {value} as x,
        before_rows.*
    from before_rows
    where 1 = 1{before_cell}
)
{%- endmacro %}

{% macro template_rate() -%}
{{ model_monitor.template_rows() }}
select
    {formula} as value,
    count(*) as row_count
from current_rows
{%- endmacro %}

{# The hours from the arrival of the last row to the time of the alert. #}
{% macro template_freshness() -%}
{%- set asked = "cast('{end}' as timestamp)" -%}
select
    {{ dbt.datediff('max(loaded_at)', asked, 'minute') }} / 60e0 as value,
    max(loaded_at) as loaded_through
from (
{rows}
) as log_rows
where loaded_at <= {{ asked }}
{%- endmacro %}

{% macro template_tail() -%}
{{ model_monitor.template_rows() }}{{ model_monitor.template_baseline() }}

-- p95 now over p95 then, less 1; the alert's is interpolated within bins
select
    (select percentile_cont(0.95) within group (order by x) from current_rows where x is not null)
    / (select percentile_cont(0.95) within group (order by x) from baseline_rows where x is not null)
    - 1 as value,
    (select count(*) from current_rows) as row_count,
    (select count(*) from baseline_rows) as baseline_row_count
{%- endmacro %}

{% macro template_drift(statistic=none) -%}
{{ model_monitor.template_rows() }}{{ model_monitor.template_baseline() }},

bins as (
    {bins}
),

current_counts as (
    select bins.bin_group, count(*) as n
    from current_rows as side
    inner join bins on {in_bin}
    group by bins.bin_group
),

baseline_counts as (
    select bins.bin_group, count(*) as n
    from baseline_rows as side
    inner join bins on {in_bin}
    group by bins.bin_group
),

shares as (
    select
        coalesce(current_counts.n, 0) * 1.0 / (select sum(n) from current_counts) as p,
        coalesce(baseline_counts.n, 0) * 1.0 / (select sum(n) from baseline_counts) as q,
        count(*) over () as bin_count
    from (select distinct bin_group from bins) as bin_groups
    left join current_counts on bin_groups.bin_group = current_counts.bin_group
    left join baseline_counts on bin_groups.bin_group = baseline_counts.bin_group
)

select
    {{ statistic or 'sum(' ~ model_monitor.psi_term('p', 'q', 'bin_count') ~ ')' }} as value,
    (select count(*) from current_rows) as row_count,
    (select count(*) from baseline_rows) as baseline_row_count
from shares
where p + q > 0
{%- endmacro %}

{% macro template_dataset() -%}
select avg(case when status = 'drifted' then 1.0 else 0.0 end) as value
from {{ ref('model_monitor', 'monitor_drift') }}
where status in ('drifted', 'ok')
        and {compared}
{%- endmacro %}

{# The number of mismatched subjects, and their names. #}
{% macro template_reference_mismatch() -%}
select
    sum(case when is_reference_mismatch then 1 else 0 end) over () as value,
    subject,
    is_reference_mismatch,
    psi_usual,
    psi_valid,
    psi_noise_limit
from {{ ref('model_monitor', 'monitor_drift') }}
where status in ('drifted', 'ok')
        and {compared}
order by case when is_reference_mismatch then 0 else 1 end, coalesce(psi_usual, psi_valid) desc, subject
{%- endmacro %}

{#
    SQL for a template whose placeholders, {name}, are filled in: `places` has the SQL of a text by
    name. The template is split here, at compile time. Nothing searches a text with a value of a log
    for placeholders, so such a value cannot change the rest of the query.
#}
{% macro filled(template, places) %}
    {%- set pieces = [] -%}
    {%- for piece in modules.re.split('[{]([a-z_]+)[}]', template) -%}
        {%- if loop.index0 is odd -%}
            {%- if piece not in places -%}
                {%- do exceptions.raise_compiler_error('No place of a template is called ' ~ piece) -%}
            {%- endif -%}
            {%- do pieces.append(places[piece]) -%}
        {%- elif piece -%}
            {%- do pieces.append(model_monitor.text_literal(piece)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(pieces | join('\n || ')) -}}
{% endmacro %}

{# A timestamp as text that casts back, or a number as text. #}
{% macro as_text(value) -%}
cast({{ value }} as {{ model_monitor.type_text() }})
{%- endmacro %}

{# A text as a literal inside a text: quotes doubled, and quotes around it. #}
{% macro quoted(value) -%}
    {{- return(adapter.dispatch('quoted', 'model_monitor')(value)) -}}
{%- endmacro %}

{% macro default__quoted(value) -%}
'''' || replace({{ value }}, '''', '''''') || ''''
{%- endmacro %}
