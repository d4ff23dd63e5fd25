{#
    Predictions without a known outcome, the most uncertain first. Per day the budget applies to all
    rows and to each value of a slice that is not protected. These rows are a sample, not a sketch:
    the id of a prediction, its slice, its score and uncertainty, and nothing else about it.
#}
{% macro label_candidate_columns() %}
    {% set text = model_monitor.type_text() %}
    {{ return([
        ['monitor', text], ['log', text], ['score', text], ['period_start', 'timestamp'],
        ['slice_name', text], ['slice_value', text], ['prediction_id', text],
        ['predicted_at', 'timestamp'], ['model_version', text], ['score_value', model_monitor.type_double()],
        ['uncertainty', model_monitor.type_double()], ['day_place', 'bigint'],
    ]) }}
{% endmacro %}

{# The labelling request: {outcome, entries (of the score)}; none without `labelling`. #}
{% macro labelling_of(monitor) %}
    {% if monitor.labelling is not none %}
        {% for outcome in model_monitor.outcomes_of(monitor) %}
            {% set entries = outcome.entries
                | selectattr('score', 'equalto', monitor.labelling.score) | list %}
            {% if entries %}
                {{ return({'outcome': dict(outcome, entries=entries), 'entries': entries}) }}
            {% endif %}
        {% endfor %}
    {% endif %}
    {{ return(none) }}
{% endmacro %}

{# The order in which labels are requested: the most uncertain first, then the latest, then by id. #}
{% macro label_order() -%}
uncertainty desc, predicted_at desc, {{ model_monitor.text_order('prediction_id') }}
{%- endmacro %}

{% macro write_label_candidates() %}
    {% do model_monitor.run_statement(model_monitor.before_sketches(this)) %}
    {% for monitor in model_monitor.monitors() if monitor.labelling is not none %}
        {% do model_monitor.run_statement(model_monitor.insert_label_candidates(monitor)) %}
    {% endfor %}
{% endmacro %}

{% macro insert_label_candidates(monitor) %}
    {% set asked = model_monitor.labelling_of(monitor) %}
    {% set monitor = none if asked is none else model_monitor.with_touched_days(
        monitor, 'int_monitor__touched_candidates', model_monitor.is_counted_of(monitor)
    ) %}
    {% if monitor is not none %}
        {% set columns = model_monitor.label_candidate_columns() | map(attribute=0) | join(', ') %}
insert into {{ this }} ({{ columns }})
select {{ columns }}
from {{ model_monitor.label_candidate_rows(monitor, asked) }} as sample
    {% endif %}
{% endmacro %}

{# The threshold of a score in force, over rows that have `version_threshold`; 0.5 if there is none. #}
{% macro _decision_edge(entry) -%}
    {%- set said = 'cast(' ~ model_monitor.value_literal(
        0.5 if entry.threshold is none else entry.threshold
    ) ~ ' as ' ~ model_monitor.type_double() ~ ')' -%}
    {{- return('coalesce(version_threshold, ' ~ said ~ ')' if entry.primary else said) -}}
{%- endmacro %}

{% macro label_candidate_rows(monitor, asked) %}
{% set log = monitor.logs[0] %}
{% set outcome = asked.outcome %}
{% set columns = model_monitor.slice_columns(log) %}
{% set reads = model_monitor._outcome_reads(log, outcome) %}
{% set rows = model_monitor.touched_log_rows(log, reads.expressions) %}
{% set types = model_monitor.touched_value_types(rows, reads.expressions | length) %}
{% set text = model_monitor.type_text() %}
{% set entry = asked.entries[0] %}
{% set is_multiclass = entry.kind == 'multiclass' %}
{% set xs = [] %}
{% for item in asked.entries %}
    {% do xs.append('x' ~ loop.index0) %}
{% endfor %}
{% set slices = [{'name': '(all)', 'label': "'(all)'"}] %}
{#- next to the id of a prediction, a protected slice would reveal who somebody is -#}
{% for slice in log.slices
    if slice.columns | length == 1 and slice.name not in monitor.protected_slices %}
    {% do slices.append({'name': slice.name, 'label': model_monitor.joined_labels(log, slice)}) %}
{% endfor %}
(
    with touched as (

        select period_start
        from {{ ref('model_monitor', 'int_monitor__touched_candidates') }}
        where {{ model_monitor.is_counted_of(monitor) }}

    ),

    {{ model_monitor._slice_surroundings(log, monitor) | indent(4) }}

    {{ model_monitor._thresholds(monitor) | indent(4) }}

    {{ model_monitor._labelled_predictions(monitor, outcome, reads, rows, types) | indent(4) }}

    -- the later of two rows with the same id
    unlabelled as (

        select
            clocked.*,
            thresholds.threshold as version_threshold,
            cast(clocked.v0 as {{ text }}) as prediction_id
            {%- for x in xs %},
            {{ model_monitor.try_double('clocked.v' ~ reads.scores[loop.index0], types[reads.scores[loop.index0]]) }}
                as {{ x }}
            {%- endfor %},
            row_number() over (
                partition by cast(clocked.v0 as {{ text }}) order by clocked.event_time desc
            ) as recency
        from clocked
        left join thresholds
            on clocked.model_version = thresholds.model_version
            and {{ model_monitor.was_in_force('clocked', 'thresholds') }}
        where clocked.role = 'live'
            and clocked.v0 is not null
            and clocked.label_value is null
            {%- if outcome.otherwise is not none %}
            -- on a final day, a prediction without a label has the value of `otherwise`
            and date_trunc('day', clocked.event_time) + interval '1 day' > coalesce((
                select max(final_through)
                from {{ ref('model_monitor', 'int_monitor__outcome_watermarks') }}
                where monitor = {{ model_monitor.text_literal(monitor.name) }}
                    and log = {{ model_monitor.text_literal(outcome.log) }}
            ), cast('1970-01-01' as timestamp))
            {%- endif %}

    ),

    weighed as (

        select
            *,
            date_trunc('day', event_time) as period_start,
            {{ 'greatest(' ~ xs | join(', ') ~ ')' if is_multiclass else xs[0] }} as score_value,
            {{ model_monitor.class_uncertainty(xs) if is_multiclass
                else model_monitor.decision_uncertainty('x0', model_monitor._decision_edge(entry)) }}
                as uncertainty
        from unlabelled
        where recency = 1
            {%- for x in xs %}
            and {{ x }} >= 0
            and {{ x }} <= 1
            {%- endfor %}

    ),

    located as {{ model_monitor.materialized() }} (

        select
            weighed.period_start,
            weighed.event_time as predicted_at,
            weighed.model_version,
            weighed.prediction_id,
            weighed.score_value,
            weighed.uncertainty
            {%- for column in columns %},
            coalesce(vocabulary_{{ loop.index0 }}.slice_value, '(other)') as d{{ loop.index0 }}
            {%- endfor %}
        from weighed
        {{- model_monitor.vocabulary_lookups(columns, 'weighed') | indent(8) }}

    ),

    placed as (

        {%- for slice in slices %}
        {{ 'union all' if not loop.first }}
        select
            {{ model_monitor.text_literal(slice.name) }} as slice_name,
            {{ slice.label }} as slice_value,
            period_start,
            predicted_at,
            model_version,
            prediction_id,
            score_value,
            uncertainty,
            row_number() over (
                partition by period_start{{ ', ' ~ slice.label if not loop.first }}
                order by {{ model_monitor.label_order() }}
            ) as day_place
        from located
        {%- endfor %}

    )

    select
        {{ model_monitor.text_literal(monitor.name) }} as monitor,
        {{ model_monitor.text_literal(outcome.log) }} as log,
        {{ model_monitor.text_literal(entry.score) }} as score,
        cast(placed.period_start as timestamp) as period_start,
        placed.slice_name,
        placed.slice_value,
        placed.prediction_id,
        placed.predicted_at,
        placed.model_version,
        cast(placed.score_value as {{ model_monitor.type_double() }}) as score_value,
        cast(placed.uncertainty as {{ model_monitor.type_double() }}) as uncertainty,
        placed.day_place
    from placed
    cross join slices_from
    where placed.day_place <= {{ monitor.labelling.budget }}
        and ({{ model_monitor._is_kept_slice('placed') | indent(8) }})
)
{% endmacro %}
