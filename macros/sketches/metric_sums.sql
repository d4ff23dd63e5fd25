{#
    The sums of one log's metrics over the periods that this run touched. Per period, version, role,
    arm, slice and metric: the number of clusters (rows, or the values of `per`), Σa, Σb, their
    squares and their product, where a is the numerator and b the denominator (1 if there is none).

    All values are integers, so the sums are equal in any order and on any engine. a and b are
    rounded to millionths and clamped to ±1e15 (more exactly ±2⁷⁰ millionths; clamped_count counts
    the values beyond). Products use the rounded numbers, in millionths squared, so the residuals a
    − R b keep their exact square. A number beyond ±1e9 is stored as two integers, high and low, and
    its products in two columns: sum_aa + 2⁴⁰ sum_aa_high. decimal(38, 0) has room for 8e7 clusters
    at the very limit, 1e14 at a million each.

    A null, NaN or infinite numerator or denominator is missing: such a row, or a cluster that
    consists of such rows, counts in neither sum. A row without a value of `per` is in no cluster.

    The coverage row, of zeros and with version (all), shows that a metric was counted for a slice
    in a period. It exists for each metric, slice and touched day, even if no row is left.
#}
{% macro metric_sketch(monitor, log) %}
    {{- return(adapter.dispatch('metric_sketch', 'model_monitor')(monitor, log)) -}}
{% endmacro %}

{% macro default__metric_sketch(monitor, log) %}
{% set columns = model_monitor.slice_columns(log) %}
{% set metrics = model_monitor.metric_expressions(log) %}
{% set here = model_monitor.of_log(monitor, log.name) %}
{% set has_hours = 'hour' in monitor.windows %}
{% set whole = {'name': '(all)', 'columns': []} %}
{% set slices = [whole] + log.slices %}
{% set row_metrics = metrics.all | selectattr('per', 'none') | list %}
{% set rows = model_monitor.touched_log_rows(log, metrics.expressions) %}
{% set types = model_monitor.touched_value_types(rows, metrics.expressions | length) %}
{% set outputs = [] %}
(
    with touched as (

        select period_start
        from {{ ref('model_monitor', 'int_monitor__touched_periods') }}
        where {{ here }}

    ),

    vocabulary as (

        select
            slice_name,
            slice_value
        from {{ ref('model_monitor', 'int_monitor__vocabulary') }}
        where {{ here }}

    ),

    kept as (

        select
            date_trunc('day', least(loaded_through, {{ model_monitor.as_of_timestamp() }}))
                - interval '{{ monitor.retention.hour }} days' as hours_from,
            date_trunc('day', least(loaded_through, {{ model_monitor.as_of_timestamp() }}))
                - interval '{{ monitor.retention.day_sliced }} days' as slices_from
        from {{ ref('model_monitor', 'int_monitor__watermarks') }}
        where {{ here }}

    ),

    raw_rows as (

        {{ rows | indent(8) }}

    ),

    typed_rows as (

        select
            *
            {%- for expression in metrics.expressions if expression.is_number %},
            {%- set i = metrics.expressions.index(expression) %}
            {{ model_monitor.as_number('v' ~ i, types[i]) }} as x{{ i }}
            {%- endfor %}
        from raw_rows
        where {{ model_monitor.is_touched(log) }}

    ),

    log_rows as (

        select
            date_trunc('{{ 'hour' if has_hours else 'day' }}', typed_rows.event_time) as period_time,
            typed_rows.model_version,
            typed_rows.role,
            typed_rows.arm
            {%- for column in columns %},
            coalesce(vocabulary_{{ loop.index0 }}.slice_value, '(other)') as d{{ loop.index0 }}
            {%- endfor %}
            {%- for per in metrics.pers %},
            typed_rows.v{{ per }} as cluster_{{ per }}
            {%- endfor %}
            {%- for metric in metrics.all if not metric.is_row_count %},
            {%- set counts = model_monitor._metric_counts(metric, types) %}
            {%- for side, part in {'a': metric.numerator, 'b': metric.denominator}.items() if part is not none %}
            case when {{ counts }} then {{ model_monitor.fixed_low('typed_rows.x' ~ part) }} end
                as {{ side }}{{ metric.index }},
            case when {{ counts }} then {{ model_monitor.fixed_high('typed_rows.x' ~ part) }} end
                as {{ side }}h{{ metric.index }}{{ ',' if not loop.last }}
            {%- endfor %}
            {%- endfor %}
        from typed_rows
        {{- model_monitor.vocabulary_lookups(columns, 'typed_rows') | indent(8) }}

    ),
    {#- row metrics: a combination is counted, and its margins and all rows are rolled up -#}
    {% if row_metrics %}
    {% for part in model_monitor.rolled_up_slices(log) %}

    scan_{{ loop.index0 }} as (

        select
            period_time,
            model_version,
            role,
            arm,
            {%- for column in part.columns %}
            d{{ columns.index(column) }},
            {%- endfor %}
            count(*) as row_count
            {{- model_monitor._metric_aggregates(row_metrics) | indent(8) }}
        from log_rows
        group by
            period_time,
            model_version,
            role,
            arm
            {%- for column in part.columns %},
            d{{ columns.index(column) }}
            {%- endfor %}

    ),

    measured_{{ loop.index0 }} as (

        select
            period_time,
            model_version,
            role,
            arm,
            {%- for column in part.columns %}
            d{{ columns.index(column) }},
            {%- endfor %}
            {{ model_monitor._metric_columns(row_metrics) | indent(8) }}
        from scan_{{ loop.index0 }}
        cross join {{ model_monitor._metric_indexes(row_metrics) }}

    ),
    {%- endfor %}

    rolled_up as (

        {%- for part in model_monitor.rolled_up_slices(log) %}
        {%- set scan = loop.index0 %}
        {%- for slice in ([whole] if loop.first else []) + part.slices %}
        {{ 'union all' if not (loop.first and scan == 0) }}
        select
            {{ model_monitor.text_literal(slice.name) }} as slice_name,
            {{ model_monitor.vocabulary_label(log, slice) }} as slice_value,
            period_time,
            model_version,
            role,
            arm,
            metric_index,
            {{ model_monitor._metric_totals() | indent(8) }}
        from measured_{{ scan }}
        {{- model_monitor.vocabulary_join(log, slice) | indent(8) }}
        group by
            {%- if slice.columns %}
            {{ model_monitor.vocabulary_label(log, slice) }},
            {%- endif %}
            period_time,
            model_version,
            role,
            arm,
            metric_index
        {%- endfor %}
        {%- endfor %}

    ),
    {% do outputs.append('row_days') %}
    row_days as (

        select
            'day' as grain,
            slice_name,
            slice_value,
            date_trunc('day', period_time) as period_time,
            model_version,
            role,
            arm,
            metric_index,
            {{ model_monitor._metric_totals() | indent(8) }}
        from rolled_up
        group by
            slice_name,
            slice_value,
            date_trunc('day', period_time),
            model_version,
            role,
            arm,
            metric_index

    ),
    {% if has_hours %}
    {% do outputs.append('row_hours') %}
    row_hours as (

        select
            'hour' as grain,
            rolled_up.*
        from rolled_up

    ),
    {% endif %}
    {% endif %}
    {#-
        metrics with `per`: a cluster can be in several slices and hours, so each of these has its
        own sums
    -#}
    {% for per in metrics.pers %}
    {% set per_metrics = metrics.all | selectattr('per', 'equalto', per) | list %}

    clusters_{{ per }} as (

        select
            period_time,
            model_version,
            role,
            arm,
            {%- for column in columns %}
            d{{ loop.index0 }},
            {%- endfor %}
            cluster_{{ per }}
            {%- for side in model_monitor._metric_sides(per_metrics) %},
            sum({{ side }}) as {{ side }}
            {%- endfor %}
            {%- for metric in per_metrics %},
            max({{ model_monitor._is_clamped(metric) }}) as k{{ metric.index }}
            {%- endfor %}
        from log_rows
        where cluster_{{ per }} is not null
        group by
            period_time,
            model_version,
            role,
            arm,
            {%- for column in columns %}
            d{{ loop.index0 }},
            {%- endfor %}
            cluster_{{ per }}

    ),

    cluster_sums_{{ per }} as (

        {%- set is_first = namespace(value=true) %}
        {%- for grain in (['day', 'hour'] if has_hours else ['day']) %}
        {%- for slice in slices if grain == 'day' or slice.columns | length <= 1 %}
        {{ 'union all' if not is_first.value }}
        {%- set is_first.value = false %}
        select
            '{{ grain }}' as grain,
            {{ model_monitor.text_literal(slice.name) }} as slice_name,
            {{ model_monitor.vocabulary_label(log, slice) }} as slice_value,
            date_trunc('{{ grain }}', period_time) as period_time,
            model_version,
            role,
            arm
            {%- for side in model_monitor._metric_sides(per_metrics) %},
            sum({{ side }}) as {{ side }}
            {%- endfor %}
            {%- for metric in per_metrics %},
            max(k{{ metric.index }}) as k{{ metric.index }}
            {%- endfor %}
        from clusters_{{ per }}
        {{- model_monitor.vocabulary_join(log, slice) | indent(8) }}
        group by
            {%- if slice.columns %}
            {{ model_monitor.vocabulary_label(log, slice) }},
            {%- endif %}
            date_trunc('{{ grain }}', period_time),
            model_version,
            role,
            arm,
            cluster_{{ per }}
        {%- endfor %}
        {%- endfor %}

    ),

    by_cluster_{{ per }} as (

        {{ model_monitor._held_clusters('cluster_sums_' ~ per, per_metrics) | indent(8) }}

    ),

    per_sums_{{ per }} as (

        select
            grain,
            slice_name,
            slice_value,
            period_time,
            model_version,
            role,
            arm,
            count(*) as row_count
            {{- model_monitor._metric_aggregates(per_metrics, 'k') | indent(8) }}
        from by_cluster_{{ per }}
        group by grain, slice_name, slice_value, period_time, model_version, role, arm

    ),
    {% do outputs.append('per_' ~ per) %}
    per_{{ per }} as (

        select
            grain,
            slice_name,
            slice_value,
            period_time,
            model_version,
            role,
            arm,
            {{ model_monitor._metric_columns(per_metrics) | indent(8) }}
        from per_sums_{{ per }}
        cross join {{ model_monitor._metric_indexes(per_metrics) }}

    ),
    {% endfor %}
    coverage as (

        select
            tiers.grain,
            tiers.slice_name,
            '(all)' as slice_value,
            touched.period_start as period_time,
            '(all)' as model_version,
            'live' as role,
            '' as arm,
            metric_indexes.metric_index,
            0 as row_count,
            0 as clamped_count,
            0 as sum_a,
            0 as sum_b,
            0 as sum_aa,
            0 as sum_bb,
            0 as sum_ab,
            0 as sum_aa_high,
            0 as sum_bb_high,
            0 as sum_ab_high
        from touched
        cross join (
            values
            {%- for slice in slices %}
            ('day', {{ model_monitor.text_literal(slice.name) }}){{ ',' if not loop.last }}
            {%- endfor %}
            {%- for slice in slices if has_hours and slice.columns | length <= 1 %},
            ('hour', {{ model_monitor.text_literal(slice.name) }})
            {%- endfor %}
        ) as tiers (grain, slice_name)
        cross join {{ model_monitor._metric_indexes(metrics.all) }}

    ),

    outputs as (

        {%- for output in outputs %}
        {{ model_monitor._metric_output(output) | indent(8) }}
        where row_count > 0
        union all
        {%- endfor %}
        {{ model_monitor._metric_output('coverage') | indent(8) }}

    ),

    names as (

        {{ model_monitor.literal_rows([
            ['metric_index', 'integer'],
            ['metric', model_monitor.type_text()],
            ['definition', model_monitor.type_text()],
        ], metrics.names) | indent(8) }}

    )

    select
        {{ model_monitor.text_literal(monitor.name) }} as monitor,
        {{ model_monitor.text_literal(log.name) }} as log,
        outputs.role,
        outputs.arm,
        outputs.model_version,
        outputs.grain,
        cast(date_trunc('day', outputs.period_time) as timestamp) as period_start,
        cast(outputs.period_time as timestamp) as period_time,
        outputs.slice_name,
        outputs.slice_value,
        names.metric,
        names.definition,
        cast(outputs.row_count as bigint) as row_count,
        cast(outputs.sum_a as decimal(38, 0)) as sum_a,
        cast(outputs.sum_b as decimal(38, 0)) as sum_b,
        cast(outputs.sum_aa as decimal(38, 0)) as sum_aa,
        cast(outputs.sum_bb as decimal(38, 0)) as sum_bb,
        cast(outputs.sum_ab as decimal(38, 0)) as sum_ab,
        cast(outputs.sum_aa_high as decimal(38, 0)) as sum_aa_high,
        cast(outputs.sum_bb_high as decimal(38, 0)) as sum_bb_high,
        cast(outputs.sum_ab_high as decimal(38, 0)) as sum_ab_high,
        cast(outputs.clamped_count as bigint) as clamped_count
    from outputs
    inner join names
        on outputs.metric_index = names.metric_index
    cross join kept
    where (outputs.grain = 'day' or outputs.period_time >= kept.hours_from)
        and (
            outputs.slice_name = '(all)'
            or (
                (outputs.grain = 'hour' or outputs.period_time >= kept.slices_from)
                -- without a vocabulary every value would be (other)
                and outputs.slice_name in (select vocabulary.slice_name from vocabulary)
            )
        )
        and (outputs.grain = 'day' or {{ model_monitor.is_single_slice('outputs.slice_name') }})
)
{% endmacro %}

{#
    The expressions that the metrics of a log read. expressions: the input of log_rows, each once
    ({sql, column, is_number}); all: the metrics, whose numerator, denominator, where and per are
    positions in it or none; pers: the positions of the `per` expressions; names: rows of index,
    name, definition. A metric that is `is_row_count` reads nothing.
#}
{% macro metric_expressions(log) %}
    {% set expressions = [] %}
    {% set all = [] %}
    {% set pers = [] %}
    {% set names = [] %}
    {% for metric in log.metrics %}
        {% set is_row_count = metric.numerator == '1' and metric.denominator is none
            and metric['where'] is none and metric.per is none %}
        {% set found = {'index': loop.index0, 'is_row_count': is_row_count} %}
        {% for part in ['numerator', 'denominator', 'where', 'per'] %}
            {% if metric[part] is none or is_row_count %}
                {% do found.update({part: none}) %}
            {% else %}
                {% set expression = model_monitor._metric_expression(log, metric, part) %}
                {% if expression not in expressions %}
                    {% do expressions.append(expression) %}
                {% endif %}
                {% do found.update({part: expressions.index(expression)}) %}
            {% endif %}
        {% endfor %}
        {% if found.per is not none and found.per not in pers %}
            {% do pers.append(found.per) %}
        {% endif %}
        {% do all.append(found) %}
        {% do names.append([
            loop.index0 | string,
            model_monitor.text_literal(metric.name),
            model_monitor.text_literal(model_monitor.metric_definition(metric)),
        ]) %}
    {% endfor %}
    {{ return({'expressions': expressions, 'all': all, 'pers': pers, 'names': names}) }}
{% endmacro %}

{#- One expression in the form that log_rows takes; a bare name is a column, which may be absent. -#}
{% macro _metric_expression(log, metric, part) %}
    {% set sql = metric[part] %}
    {% if part == 'numerator' and metric.counts_repeats %}
        {{ return({
            'sql': sql, 'column': log.columns.id, 'is_number': true, 'counts_repeats': true,
        }) }}
    {% endif %}
    {% if part == 'per' %}
        {% set text = 'cast(' ~ adapter.quote(sql) ~ ' as ' ~ model_monitor.type_text() ~ ')' %}
        {{ return({
            'sql': text if log.from is none else 'min(' ~ text ~ ')',
            'column': sql,
            'is_number': false,
        }) }}
    {% endif %}
    {{ return({
        'sql': sql,
        'column': model_monitor.column_alone(sql),
        'is_number': part != 'where',
    }) }}
{% endmacro %}

{# The hash of a metric's definition: sums of different definitions must not mix. #}
{% macro metric_definition(metric) %}
    {{ return(local_md5(
        metric.numerator ~ '|' ~ metric.denominator ~ '|' ~ metric.per ~ '|' ~ metric['where']
    )[:12]) }}
{% endmacro %}

{#
    Is the metric a ratio of sums (a rate per row or cluster if no denominator is given)? Otherwise
    it is a plain sum: a number of rows, or a value with an expected course, such as a volume.
#}
{% macro metric_is_ratio(metric) %}
    {{ return(
        metric.denominator is not none or metric.per is not none
        or (metric.expected is none and metric.numerator != '1')
    ) }}
{% endmacro %}

{# The unit of the high part of a number in two integers: it is 2⁴⁰ high + low millionths. #}
{% macro fixed_unit() -%}
    {{- return('1099511627776') -}}
{%- endmacro %}

{# Millionths of a measurable number, clamped to ±2⁷⁰: a whole number, as a double. #}
{% macro _whole_millionths(number) -%}
greatest(least(floor({{ number }} * 1e6 + 0.5), 1180591620717411303424e0), -1180591620717411303424e0)
{%- endmacro %}

{# Millionths of a finite number as an exact integer; clamped to ±1e9. #}
{% macro fixed_point(number) -%}
cast(cast(floor(greatest(least({{ number }}, 1e9), -1e9) * 1e6 + 0.5) as bigint) as decimal(18, 0))
{%- endmacro %}

{# Millionths of a measurable number as an exact integer; beyond ±1e9, the remainder below fixed_unit. #}
{% macro fixed_low(number) -%}
{%- set whole = model_monitor._whole_millionths(number) -%}
{%- set unit = model_monitor.fixed_unit() ~ 'e0' -%}
cast(cast(case
                when abs({{ number }}) <= 1e9 then floor({{ number }} * 1e6 + 0.5)
                when {{ number }} is not null then {{ whole }} - floor({{ whole }} / {{ unit }}) * {{ unit }}
            end as bigint) as decimal(18, 0))
{%- endmacro %}

{# The multiple of fixed_unit in a number beyond ±1e9; null for a number closer to 0. #}
{% macro fixed_high(number) -%}
case
                when abs({{ number }}) > 1e9 then cast(floor(
                    {{ model_monitor._whole_millionths(number) }} / {{ model_monitor.fixed_unit() }}e0
                ) as bigint)
            end
{%- endmacro %}

{# Is a number at the limit of its fixed point? The limit is 2³⁰ times the unit. #}
{% macro is_fixed_limit(low, high) -%}
(coalesce({{ high }}, 0) >= 1073741824 or (coalesce({{ high }}, 0) <= -1073741824 and {{ low }} = 0))
{%- endmacro %}

{# The sum of a number stored in two parts. #}
{% macro fixed_sum(low, high) -%}
sum({{ low }}) + cast(coalesce(sum({{ high }}), 0) as decimal(38, 0)) * {{ model_monitor.fixed_unit() }}
{%- endmacro %}

{#
    The sum of the products of two such numbers, without the products of their low parts, in units
    of fixed_unit.
#}
{% macro fixed_products_high(low, high, other_low, other_high) -%}
sum(case
        when {{ high }} is not null or {{ other_high }} is not null
            then cast(coalesce({{ high }}, 0) as decimal(38, 0)) * coalesce({{ other_high }}, 0)
                * {{ model_monitor.fixed_unit() }}
                + cast(coalesce({{ high }}, 0) as decimal(38, 0)) * {{ other_low }}
                + cast(coalesce({{ other_high }}, 0) as decimal(38, 0)) * {{ low }}
    end)
{%- endmacro %}

{#
    Converts a sum of millionths back to a number. `power` 2 is for a sum of products, with the sum
    of their high parts if there is one.
#}
{% macro from_fixed_point(total, power=1, high=none) -%}
    {%- if high is none -%}
({{ model_monitor._as_double(total) }} / {{ '1e6' if power == 1 else '1e12' }})
    {%- else -%}
(({{ model_monitor._as_double(total) }} + {{ model_monitor.fixed_unit() }}e0 * {{
    model_monitor._as_double('coalesce(' ~ high ~ ', 0)') }}) / {{ '1e6' if power == 1 else '1e12' }})
    {%- endif -%}
{%- endmacro %}

{# Whether a slice is all rows or uses one column, by its name. #}
{% macro is_single_slice(slice_name) -%}
position('+' in {{ slice_name }}) = 0
{%- endmacro %}

{# The label of a slice's value; a combination outside the vocabulary is (other). #}
{% macro vocabulary_label(log, slice) -%}
    {%- if not slice.columns -%}
'(all)'
    {%- elif slice.columns | length == 1 -%}
{{ model_monitor.joined_labels(log, slice) }}
    {%- else -%}
coalesce(combination.slice_value, '(other)')
    {%- endif -%}
{%- endmacro %}

{# Joins the vocabulary entries of the slice columns d0… to the rows: vocabulary_0…. #}
{% macro vocabulary_lookups(columns, rows) -%}
    {%- for column in columns %}
left join vocabulary as vocabulary_{{ loop.index0 }}
    on vocabulary_{{ loop.index0 }}.slice_name = {{ model_monitor.text_literal(column) }}
    and vocabulary_{{ loop.index0 }}.slice_value
        = {{ model_monitor.slice_label(rows ~ '.d' ~ loop.index0) }}
    {%- endfor -%}
{%- endmacro %}

{# The join that vocabulary_label needs beside rows with d0…; empty unless the slice is a combination. #}
{% macro vocabulary_join(log, slice) -%}
    {%- if slice.columns | length > 1 %}
left join vocabulary as combination
    on combination.slice_name = {{ model_monitor.text_literal(slice.name) }}
    and combination.slice_value = {{ model_monitor.joined_labels(log, slice) }}
    {%- endif -%}
{%- endmacro %}

{# Does the row count for the metric? #}
{% macro _metric_counts(metric, types=[]) -%}
{{ model_monitor.is_measurable('typed_rows.x' ~ metric.numerator) }}
    {%- if metric.denominator is not none %}
                and {{ model_monitor.is_measurable('typed_rows.x' ~ metric.denominator) }}
    {%- endif %}
    {%- if metric['where'] is not none %}
                and {{ model_monitor.try_boolean('typed_rows.v' ~ metric['where'], types[metric['where']]) }}
    {%- endif -%}
{%- endmacro %}

{# The columns of the numerators and denominators from log_rows: both parts of each. #}
{% macro _metric_sides(metrics) %}
    {%- set sides = [] -%}
    {%- for metric in metrics -%}
        {%- for side in (['a', 'b'] if metric.denominator is not none else ['a']) -%}
            {%- do sides.append(side ~ metric.index) -%}
            {%- do sides.append(side ~ 'h' ~ metric.index) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(sides) -}}
{% endmacro %}

{# 1 where a row's numerator or denominator is clamped. #}
{% macro _is_clamped(metric) -%}
{%- set i = metric.index -%}
case when {{ model_monitor.is_fixed_limit('a' ~ i, 'ah' ~ i) }}
            {%- if metric.denominator is not none %} or {{ model_monitor.is_fixed_limit('b' ~ i, 'bh' ~ i) }}{% endif %} then 1 else 0 end
{%- endmacro %}

{# The sums of clusters in two parts each, clamped like a row. #}
{% macro _held_clusters(relation, metrics) -%}
{%- set limit = '1073741824' -%}
select
    grain,
    slice_name,
    slice_value,
    period_time,
    model_version,
    role,
    arm
    {%- for metric in metrics %}
    {%- set i = metric.index %}
    {%- set sides = ['a', 'b'] if metric.denominator is not none else ['a'] %}
    {%- for side in sides %}
    {%- set low, high = side ~ i, side ~ 'h' ~ i %},
    cast(case
        when abs({{ high }}) >= {{ limit }} then 0
        when {{ low }} is not null then {{ low }} - {{ side }}c{{ i }} * cast({{ model_monitor.fixed_unit() }} as decimal(38, 0))
    end as decimal(18, 0)) as {{ low }},
    nullif(cast(least(greatest({{ high }}, -{{ limit }}), {{ limit }}) as bigint), 0) as {{ high }}
    {%- endfor %},
    greatest(k{{ i }}
        {%- for side in sides %}, case when abs({{ side }}h{{ i }}) >= {{ limit }} then 1 else 0 end{% endfor %}) as k{{ i }}
    {%- endfor %}
from (
    select
        grain,
        slice_name,
        slice_value,
        period_time,
        model_version,
        role,
        arm
        {%- for side in model_monitor._metric_sides(metrics) if 'h' not in side %}
        {%- set i = side[1:] %}
        {%- set carry = 'case when abs(' ~ side ~ ') > 1000000000000000 then cast(floor('
            ~ model_monitor._as_double(side) ~ ' / ' ~ model_monitor.fixed_unit() ~ 'e0) as bigint) else 0 end' %},
        {{ side }},
        {{ carry }} as {{ side[0] }}c{{ i }},
        coalesce({{ side[0] }}h{{ i }}, 0) + {{ carry }} as {{ side[0] }}h{{ i }}
        {%- endfor %}
        {%- for metric in metrics %},
        k{{ metric.index }}
        {%- endfor %}
    from {{ relation }}
) as carried
{%- endmacro %}

{#
    The aggregates of each metric over a{i} and b{i}, in wide form; those that follow from the count
    are left out. `clamped` names a column that marks clamped rows, if known.
#}
{% macro _metric_aggregates(metrics, clamped=none) %}
    {%- for metric in metrics if not metric.is_row_count -%}
    {%- set i = metric.index -%}
    {%- set has_b = metric.denominator is not none -%}
    {%- set a, ah, b, bh = 'a' ~ i, 'ah' ~ i, 'b' ~ i, 'bh' ~ i -%},
    count({{ a }}) as n{{ i }},
    sum({{ clamped ~ i if clamped else model_monitor._is_clamped(metric) }}) as c{{ i }},
    {{ model_monitor.fixed_sum(a, ah) }} as sa{{ i }},
    sum(cast({{ a }} as decimal(38, 0)) * {{ a }}) as saa{{ i }},
    {{ model_monitor.fixed_products_high(a, ah, a, ah) }} as haa{{ i }}
    {%- if has_b -%},
    {{ model_monitor.fixed_sum(b, bh) }} as sb{{ i }},
    sum(cast({{ b }} as decimal(38, 0)) * {{ b }}) as sbb{{ i }},
    sum(cast({{ a }} as decimal(38, 0)) * {{ b }}) as sab{{ i }},
    {{ model_monitor.fixed_products_high(b, bh, b, bh) }} as hbb{{ i }},
    {{ model_monitor.fixed_products_high(a, ah, b, bh) }} as hab{{ i }}
    {%- endif -%}
    {%- endfor -%}
{% endmacro %}

{# One metric per row, from the wide aggregates. #}
{% macro _metric_columns(metrics) %}
    {%- set wide = {'row_count': [], 'clamped_count': [], 'sum_a': [], 'sum_b': [], 'sum_aa': [],
        'sum_bb': [], 'sum_ab': [], 'sum_aa_high': [], 'sum_bb_high': [], 'sum_ab_high': []} -%}
    {%- for metric in metrics -%}
        {%- set i = metric.index -%}
        {%- set n = 'row_count' if metric.is_row_count else 'n' ~ i -%}
        {%- set ones = 'cast(' ~ n ~ ' as decimal(38, 0)) * 1000000' -%}
        {%- set has_b = metric.denominator is not none -%}
        {%- for column, value in {
            'row_count': n,
            'clamped_count': '0' if metric.is_row_count else 'c' ~ i,
            'sum_a': ones if metric.is_row_count else 'sa' ~ i,
            'sum_b': 'sb' ~ i if has_b else ones,
            'sum_aa': ones ~ ' * 1000000' if metric.is_row_count else 'saa' ~ i,
            'sum_bb': 'sbb' ~ i if has_b else ones ~ ' * 1000000',
            'sum_ab': 'sab' ~ i if has_b else ones ~ ' * 1000000' if metric.is_row_count
                else 'sa' ~ i ~ ' * 1000000',
            'sum_aa_high': '0' if metric.is_row_count else 'haa' ~ i,
            'sum_bb_high': 'hbb' ~ i if has_b else '0',
            'sum_ab_high': 'hab' ~ i if has_b else '0',
        }.items() -%}
            {%- do wide[column].append('when ' ~ i ~ ' then ' ~ value) -%}
        {%- endfor -%}
    {%- endfor -%}
    metric_indexes.metric_index
    {%- for column, whens in wide.items() %},
    case metric_indexes.metric_index {{ whens | join(' ') }} end as {{ column }}
    {%- endfor -%}
{% endmacro %}

{% macro _metric_indexes(metrics) -%}
(values {% for metric in metrics %}({{ metric.index }}){{ ', ' if not loop.last }}{% endfor %})
    as metric_indexes (metric_index)
{%- endmacro %}

{% macro _metric_totals() %}
    {%- for column in [
        'row_count', 'clamped_count', 'sum_a', 'sum_b', 'sum_aa', 'sum_bb', 'sum_ab', 'sum_aa_high',
        'sum_bb_high', 'sum_ab_high',
    ] -%}
    sum({{ column }}) as {{ column }}{{ ',\n    ' if not loop.last }}
    {%- endfor -%}
{% endmacro %}

{% macro _metric_output(relation) -%}
select
    grain,
    slice_name,
    slice_value,
    period_time,
    model_version,
    role,
    arm,
    metric_index,
    row_count,
    clamped_count,
    sum_a,
    sum_b,
    sum_aa,
    sum_bb,
    sum_ab,
    sum_aa_high,
    sum_bb_high,
    sum_ab_high
from {{ relation }}
{%- endmacro %}

{# The columns of the sketch, typed and empty. #}
{% macro empty_metric_sums() %}
{{ model_monitor.literal_rows([
    ['monitor', model_monitor.type_text()],
    ['log', model_monitor.type_text()],
    ['role', model_monitor.type_text()],
    ['arm', model_monitor.type_text()],
    ['model_version', model_monitor.type_text()],
    ['grain', model_monitor.type_text()],
    ['period_start', 'timestamp'],
    ['period_time', 'timestamp'],
    ['slice_name', model_monitor.type_text()],
    ['slice_value', model_monitor.type_text()],
    ['metric', model_monitor.type_text()],
    ['definition', model_monitor.type_text()],
    ['row_count', 'bigint'],
    ['sum_a', 'decimal(38, 0)'],
    ['sum_b', 'decimal(38, 0)'],
    ['sum_aa', 'decimal(38, 0)'],
    ['sum_bb', 'decimal(38, 0)'],
    ['sum_ab', 'decimal(38, 0)'],
    ['sum_aa_high', 'decimal(38, 0)'],
    ['sum_bb_high', 'decimal(38, 0)'],
    ['sum_ab_high', 'decimal(38, 0)'],
    ['clamped_count', 'bigint'],
], []) }}
{% endmacro %}
