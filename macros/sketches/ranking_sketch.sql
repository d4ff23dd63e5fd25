{#
    The outcomes that a monitor's lists are evaluated against: every outcome that a score predicts.
    A list is evaluated in the order of its score and as it was served (by position). Several
    classes define no order.
#}
{% macro ranked_outcomes(monitor) %}
    {% set found = [] %}
    {% if monitor.ranking is not none and monitor.logs[0].columns.request is not none %}
        {% for outcome in model_monitor.outcomes_of(monitor)
            if outcome.entries and outcome['value'] != 'class' %}
            {% do found.append(outcome) %}
        {% endfor %}
    {% endif %}
    {{ return(found) }}
{% endmacro %}

{# The sums of the sketch of rankings: shares of one request, in millionths. #}
{% macro ranking_sums() %}
    {{ return(['sum_ndcg', 'sum_ap', 'sum_rr', 'sum_precision', 'sum_recall']) }}
{% endmacro %}

{% macro ranking_columns() %}
    {% set text = model_monitor.type_text() %}
    {% set columns = [
        ['monitor', text], ['log', text], ['outcome', text], ['role', text], ['arm', text],
        ['model_version', text], ['period_start', 'timestamp'], ['slice_name', text],
        ['slice_value', text], ['score', text], ['k', 'integer'], ['request_count', 'bigint'],
        ['excluded_request_count', 'bigint'], ['hit_count', 'bigint'],
    ] %}
    {% for name in model_monitor.ranking_sums() %}
        {% do columns.append([name, 'decimal(38, 0)']) %}
    {% endfor %}
    {{ return(columns) }}
{% endmacro %}

{% macro write_rankings() %}
    {% do model_monitor.run_statement(model_monitor.before_sketches(this)) %}
    {% for monitor in model_monitor.monitors() %}
        {% for outcome in model_monitor.ranked_outcomes(monitor) %}
            {% do model_monitor.run_statement(model_monitor.insert_rankings(monitor, outcome)) %}
        {% endfor %}
    {% endfor %}
{% endmacro %}

{% macro insert_rankings(monitor, outcome) %}
    {% set monitor = model_monitor.with_outcome_days(monitor, outcome) %}
    {% if monitor is not none %}
        {% set columns = model_monitor.ranking_columns() | map(attribute=0) | join(', ') %}
insert into {{ this }} ({{ columns }})
select {{ columns }}
from {{ model_monitor.ranking_sketch(monitor, outcome) }} as sketch
    {% endif %}
{% endmacro %}

{#
    The sketch of rankings over the touched days of one outcome. A request is the rows with one
    request id, day, role, arm and version; its slice values are the smallest of its rows. It counts
    if every row has matured and has a label, and the outcome occurred in at least one row.
    Otherwise it is excluded, and so is a request that does not lie within one day. Rows without a
    valid score (or position) come last; ties are ordered by position, then id. In a log without
    ids, rows with the outcome come last, so a list is the same in every run and is not overrated.
#}
{% macro ranking_sketch(monitor, outcome) %}
{% set log = monitor.logs[0] %}
{% set columns = model_monitor.slice_columns(log) %}
{% set score = log.subjects | selectattr('name', 'equalto', monitor.ranking.order_by) | first %}
{% set reads = model_monitor._outcome_reads(log, dict(outcome, entries=[])) %}
{% set names = [log.columns.request] + ([log.columns.position] if log.columns.position is not none else []) %}
{% set first = reads.expressions | length %}
{% do reads.expressions.append({'sql': score.sql, 'column': score.column}) %}
{% for name in names %}
    {% do reads.expressions.append({'sql': adapter.quote(name), 'column': name}) %}
{% endfor %}
{% set rows = model_monitor.touched_log_rows(log, reads.expressions) %}
{% set types = model_monitor.touched_value_types(rows, reads.expressions | length) %}
{% set text = model_monitor.type_text() %}
{% set request = 'period_start, role, arm, model_version, request_id' %}
{% set ks = monitor.ranking.ks %}
{% set orders = ['score'] + (['position'] if log.columns.position is not none else []) %}
(
    with {{ model_monitor._outcome_surroundings(monitor, outcome) | indent(4) }}

    {{ model_monitor._labelled_predictions(monitor, outcome, reads, rows, types) | indent(4) }}

    listed as (

        select
            date_trunc('day', event_time) as period_start,
            role,
            arm,
            model_version,
            cast(v{{ first + 1 }} as {{ text }}) as request_id,
            cast(v0 as {{ text }}) as id
            {%- for column in columns %},
            d{{ loop.index0 }}
            {%- endfor %},
            {{ model_monitor.try_double('v' ~ first, types[first]) }} as x,
            {{ model_monitor.try_double('v' ~ (first + 2), types[first + 2]) if 'position' in orders
                else 'cast(null as ' ~ model_monitor.type_double() ~ ')' }} as place,
            case
                when is_matured and is_in_time then label_value
                when is_matured then {{ model_monitor._otherwise(outcome) }}
            end as y
        from clocked
        where v{{ first + 1 }} is not null

    ),

    gained as (

        select
            *,
            case when y > 0 then 1 else 0 end as is_relevant,
            -- only the proportions of a list's gains matter: scaled to at most 1, their sums fit
            greatest(coalesce(y, 0), 0) / greatest(max(y) over (partition by {{ request }}), 1) as gain,
            row_number() over (
                partition by {{ request }}
                order by coalesce(y, 0) desc, {{ model_monitor.text_order('id') }} asc
            ) as ideal_rank
            {%- for order in orders %}
            {%- set value = 'x' if order == 'score' else 'place' %}
            {%- set valid = model_monitor.is_measurable(value) %},
            row_number() over (
                partition by {{ request }}
                order by
                    case when {{ valid }} then 0 else 1 end asc,
                    case when {{ valid }} then {{ '-x' if order == 'score' else 'place' }} end asc,
                    case when {{ model_monitor.is_measurable('place') }} then 0 else 1 end asc,
                    case when {{ model_monitor.is_measurable('place') }} then place end asc,
                    {{ model_monitor.text_order('id') }} asc,
                    coalesce(y, 0) asc
            ) as {{ order }}_rank
            {%- endfor %}
        from listed

    ),

    found as (

        select
            *
            {%- for order in orders %},
            sum(is_relevant) over (
                partition by {{ request }} order by {{ order }}_rank
                rows between unbounded preceding and current row
            ) as {{ order }}_found
            {%- endfor %}
        from gained

    ),

    requests as (

        select
            {{ request }}
            {%- for column in columns %},
            min(d{{ loop.index0 }}) as d{{ loop.index0 }}
            {%- endfor %},
            sum(is_relevant) as relevant,
            sum(case when y is null then 1 else 0 end) as unlabelled
            {%- for k in ks %},
            {{ model_monitor.share_sum('case when ideal_rank <= ' ~ k ~ ' then gain * ln(2e0) / ln(ideal_rank + 1e0) else 0 end') }}
                as ideal_{{ k }}
            {%- for order in orders %},
            {{ model_monitor.share_sum('case when ' ~ order ~ '_rank <= ' ~ k ~ ' then gain * ln(2e0) / ln('
                ~ order ~ '_rank + 1e0) else 0 end') }} as {{ order }}_dcg_{{ k }},
            {{ model_monitor.share_sum('case when is_relevant = 1 and ' ~ order ~ '_rank <= ' ~ k ~ ' then 1e0 * '
                ~ order ~ '_found / ' ~ order ~ '_rank else 0 end') }} as {{ order }}_ap_{{ k }},
            sum(case when {{ order }}_rank <= {{ k }} then is_relevant else 0 end) as {{ order }}_hits_{{ k }}
            {%- endfor %}
            {%- endfor %}
            {%- for order in orders %},
            min(case when is_relevant = 1 then {{ order }}_rank end) as {{ order }}_first
            {%- endfor %}
        from found
        group by {{ request }}

    ),

    judged as (

        {%- for order in orders %}
        {%- set is_last = loop.last %}
        {%- for k in ks %}
        select
            {{ request }}
            {%- for column in columns %},
            coalesce(vocabulary_{{ loop.index0 }}.slice_value, '(other)') as d{{ loop.index0 }}
            {%- endfor %},
            {{ model_monitor.text_literal(score.name if order == 'score' else '(served)') }} as score,
            {{ k }} as k,
            case when unlabelled = 0 and relevant > 0 then 1 else 0 end as counts,
            {{ order }}_dcg_{{ k }} / nullif(ideal_{{ k }}, 0) as ndcg,
            {{ order }}_ap_{{ k }} / nullif(least(relevant, {{ k }}), 0) as ap,
            case when {{ order }}_first <= {{ k }} then 1e0 / {{ order }}_first else 0 end as rr,
            {{ order }}_hits_{{ k }} as hits,
            relevant
        from requests
        {{- model_monitor.vocabulary_lookups(columns, 'requests') | indent(8) }}
        {{ 'union all' if not (is_last and loop.last) }}
        {%- endfor %}
        {%- endfor %}

    ),

    measured as (

        select
            judged.*,
            1 - counts as excluded,
            case when counts = 1 and hits > 0 then 1 else 0 end as is_hit,
            case when counts = 1 then {{ model_monitor.fixed_point('ndcg') }} else 0 end as ndcg_fixed,
            case when counts = 1 then {{ model_monitor.fixed_point('ap') }} else 0 end as ap_fixed,
            case when counts = 1 then {{ model_monitor.fixed_point('rr') }} else 0 end as rr_fixed,
            case when counts = 1 then {{ model_monitor.fixed_point('1e0 * hits / k') }} else 0 end
                as precision_fixed,
            case when counts = 1 then {{ model_monitor.fixed_point('1e0 * hits / relevant') }} else 0 end
                as recall_fixed
        from judged

    ),

    sliced as (

        {%- for slice in [{'name': '(all)', 'columns': []}] + log.slices %}
        select
            {{ model_monitor.text_literal(slice.name) }} as slice_name,
            {{ model_monitor.vocabulary_label(log, slice) }} as slice_value,
            period_start,
            role,
            arm,
            model_version,
            score,
            k,
            sum(counts) as request_count,
            sum(excluded) as excluded_request_count,
            sum(is_hit) as hit_count,
            sum(ndcg_fixed) as sum_ndcg,
            sum(ap_fixed) as sum_ap,
            sum(rr_fixed) as sum_rr,
            sum(precision_fixed) as sum_precision,
            sum(recall_fixed) as sum_recall
        from measured
        {{- model_monitor.vocabulary_join(log, slice) | indent(8) }}
        group by
            {%- if slice.columns %}
            {{ model_monitor.vocabulary_label(log, slice) }},
            {%- endif %}
            period_start,
            role,
            arm,
            model_version,
            score,
            k
        {{ 'union all' if not loop.last }}
        {%- endfor %}

    )

    select
        {{ model_monitor.text_literal(monitor.name) }} as monitor,
        {{ model_monitor.text_literal(outcome.log) }} as log,
        {{ model_monitor.text_literal(outcome.name) }} as outcome,
        sliced.role,
        sliced.arm,
        sliced.model_version,
        cast(sliced.period_start as timestamp) as period_start,
        sliced.slice_name,
        sliced.slice_value,
        sliced.score,
        cast(sliced.k as integer) as k,
        cast(sliced.request_count as bigint) as request_count,
        cast(sliced.excluded_request_count as bigint) as excluded_request_count,
        cast(sliced.hit_count as bigint) as hit_count
        {%- for name in model_monitor.ranking_sums() %},
        cast(sliced.{{ name }} as decimal(38, 0)) as {{ name }}
        {%- endfor %}
    from sliced
    cross join slices_from
    where {{ model_monitor._is_kept_slice('sliced') | indent(4) }}
)
{% endmacro %}
