{#
    A long-term outcome and the earlier outcome that serves as its proxy: matured predictions for
    which both are known, per day, version, role, arm and slice; x is the proxy and y the outcome.
    Integers in millionths, as in the other sketches; `given` counts rows where the proxy occurred
    (x > 0).
#}
{% macro proxy_counts() %}
    {{ return(['matched_count', 'given_count']) }}
{% endmacro %}

{% macro proxy_sums() %}
    {{ return(['sum_x', 'sum_y', 'sum_xx', 'sum_yy', 'sum_xy', 'sum_y_given', 'sum_yy_given']) }}
{% endmacro %}

{% macro proxy_columns() %}
    {% set text = model_monitor.type_text() %}
    {% set columns = [
        ['monitor', text], ['log', text], ['outcome', text], ['proxy', text], ['role', text],
        ['arm', text], ['model_version', text], ['period_start', 'timestamp'],
        ['slice_name', text], ['slice_value', text],
    ] %}
    {% for name in model_monitor.proxy_counts() %}
        {% do columns.append([name, 'bigint']) %}
    {% endfor %}
    {% for name in model_monitor.proxy_sums() %}
        {% do columns.append([name, 'decimal(38, 0)']) %}
    {% endfor %}
    {{ return(columns) }}
{% endmacro %}

{# Pairs of an outcome and its proxy, both numeric: {outcome, proxy}. #}
{% macro proxied_outcomes(monitor) %}
    {% set outcomes = {} %}
    {% for outcome in model_monitor.outcomes_of(monitor) if outcome['value'] != 'class' %}
        {% do outcomes.update({outcome.name: outcome}) %}
    {% endfor %}
    {% set found = [] %}
    {% for outcome in outcomes.values() if outcome.proxy in outcomes %}
        {% do found.append({'outcome': outcome, 'proxy': outcomes[outcome.proxy]}) %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}

{% macro write_proxies() %}
    {% do model_monitor.run_statement(model_monitor.before_sketches(this)) %}
    {% for monitor in model_monitor.monitors() %}
        {% for pair in model_monitor.proxied_outcomes(monitor) %}
            {% do model_monitor.run_statement(model_monitor.insert_proxies(monitor, pair)) %}
        {% endfor %}
    {% endfor %}
{% endmacro %}

{% macro insert_proxies(monitor, pair) %}
    {% set monitor = model_monitor.with_outcome_days(monitor, pair.outcome) %}
    {% if monitor is not none %}
        {% set columns = model_monitor.proxy_columns() | map(attribute=0) | join(', ') %}
insert into {{ this }} ({{ columns }})
select {{ columns }}
from {{ model_monitor.proxy_sketch(monitor, pair) }} as sketch
    {% endif %}
{% endmacro %}

{#- Predictions with their value of one outcome: a query over the touched days. -#}
{% macro _outcome_values(monitor, outcome) %}
{% set outcome = dict(outcome, entries=[]) %}
{% set log = monitor.logs[0] %}
{% set reads = model_monitor._outcome_reads(log, outcome) %}
{% set rows = model_monitor.touched_log_rows(log, reads.expressions) %}
{% set types = model_monitor.touched_value_types(rows, reads.expressions | length) %}
with {{ model_monitor._labelled_predictions(monitor, outcome, reads, rows, types) }}

valued as (

    select
        *,
        cast(v0 as {{ model_monitor.type_text() }}) as prediction_id,
        case
            when is_in_time then label_value
            else {{ model_monitor._otherwise(outcome) }}
        end as outcome_value
    from clocked
    where is_matured

)

select *
from valued
where outcome_value is not null
    and prediction_id is not null
{% endmacro %}

{% macro proxy_sketch(monitor, pair) %}
{% set log = monitor.logs[0] %}
{% set columns = model_monitor.slice_columns(log) %}
{% set x = 'cast(x_fixed as decimal(38, 0))' %}
{% set y = 'cast(y_fixed as decimal(38, 0))' %}
(
    with {{ model_monitor._outcome_surroundings(monitor, pair.outcome) | indent(4) }}

    outcome_values as (

        {{ model_monitor._outcome_values(monitor, pair.outcome) | trim | indent(8) }}

    ),

    -- rows with the same id and instant have one value
    proxy_values as (

        select
            prediction_id,
            event_time,
            max(outcome_value) as proxy_value
        from (
            {{ model_monitor._outcome_values(monitor, pair.proxy) | trim | indent(12) }}
        ) as values_of_rows
        group by prediction_id, event_time

    ),

    paired as {{ model_monitor.materialized() }} (

        select
            date_trunc('day', outcome_values.event_time) as period_start,
            outcome_values.role,
            outcome_values.arm,
            outcome_values.model_version
            {%- for column in columns %},
            coalesce(vocabulary_{{ loop.index0 }}.slice_value, '(other)') as d{{ loop.index0 }}
            {%- endfor %},
            {{ model_monitor.fixed_point('proxy_values.proxy_value') }} as x_fixed,
            {{ model_monitor.fixed_point('outcome_values.outcome_value') }} as y_fixed
        from outcome_values
        inner join proxy_values
            on outcome_values.prediction_id = proxy_values.prediction_id
            and outcome_values.event_time = proxy_values.event_time
        {{- model_monitor.vocabulary_lookups(columns, 'outcome_values') | indent(8) }}

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
            count(*) as matched_count,
            sum(case when x_fixed > 0 then 1 else 0 end) as given_count,
            sum(x_fixed) as sum_x,
            sum(y_fixed) as sum_y,
            sum({{ x }} * x_fixed) as sum_xx,
            sum({{ y }} * y_fixed) as sum_yy,
            sum({{ x }} * y_fixed) as sum_xy,
            sum(case when x_fixed > 0 then y_fixed else 0 end) as sum_y_given,
            sum(case when x_fixed > 0 then {{ y }} * y_fixed else 0 end) as sum_yy_given
        from paired
        {{- model_monitor.vocabulary_join(log, slice) | indent(8) }}
        group by
            {%- if slice.columns %}
            {{ model_monitor.vocabulary_label(log, slice) }},
            {%- endif %}
            period_start,
            role,
            arm,
            model_version
        {{ 'union all' if not loop.last }}
        {%- endfor %}

    )

    select
        {{ model_monitor.text_literal(monitor.name) }} as monitor,
        {{ model_monitor.text_literal(pair.outcome.log) }} as log,
        {{ model_monitor.text_literal(pair.outcome.name) }} as outcome,
        {{ model_monitor.text_literal(pair.proxy.name) }} as proxy,
        sliced.role,
        sliced.arm,
        sliced.model_version,
        cast(sliced.period_start as timestamp) as period_start,
        sliced.slice_name,
        sliced.slice_value
        {%- for name in model_monitor.proxy_counts() %},
        cast(sliced.{{ name }} as bigint) as {{ name }}
        {%- endfor %}
        {%- for name in model_monitor.proxy_sums() %},
        cast(sliced.{{ name }} as decimal(38, 0)) as {{ name }}
        {%- endfor %}
    from sliced
    cross join slices_from
    where {{ model_monitor._is_kept_slice('sliced') | indent(4) }}
)
{% endmacro %}
