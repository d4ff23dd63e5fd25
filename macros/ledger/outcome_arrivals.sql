{#
    The labels of one outcomes log that arrived since the last finished run, by outcome and by the
    day of the prediction that they belong to. Labels without a prediction are in the row without a
    day, which exists for every outcome and shows how far the log has been read. Two more kinds
    belong to no prediction. Rows of an outcome that the configuration does not name are one. Rows
    without a readable time of arrival are the other: they count for their outcome (undated), again
    in every run. Rows at exactly the instant that the last run read through are counted separately
    (tied), as in arrivals.
#}
{% macro outcome_arrivals(monitor) %}
    {% set predictions = monitor.logs[0] %}
    {% set id = {'sql': adapter.quote(predictions.columns.id), 'column': predictions.columns.id} %}
    {% set plain = dict(predictions, slices=[]) %}
    {% set text = model_monitor.type_text() %}
    {% set id_type = model_monitor.prediction_id_type(monitor) %}
    {% set kinds = [] %}
    {% for outcome in model_monitor.outcomes_of(monitor) if not outcome.in_row %}
        {% do kinds.append(outcome) %}
    {% endfor %}
    {% set from_then = "coalesce((select loaded_through from read_from), cast('0001-01-01' as timestamp))" %}
(
    with read_from as (

        select
            {% if monitor.outcomes.loaded_at is none %}
            {{ dbt.dateadd('second', -1 * monitor.limits.lateness, 'max(loaded_through)') }} as loaded_through
            {% else %}
            max(loaded_through) as loaded_through
            {% endif %}
        from last_run
        where monitor = {{ model_monitor.text_literal(monitor.name) }}
            and {{ model_monitor.is_outcome_log('log') }}

    ),

    new_rows as {{ model_monitor.materialized() }} (

        select
            prediction_id,
            case when loaded_at is null then '(undated)' else coalesce(outcome, '(missing)') end as outcome,
            loaded_at,
            case when loaded_at = (select loaded_through from read_from) then 1 else 0 end as is_tied
        from (
            {{ model_monitor.outcome_rows(monitor, id_type, is_undated=true) | indent(12) }}
        ) as outcome_rows
        where loaded_at >= {{ from_then }} or loaded_at is null

    ),

    newest as (

        select max(loaded_at) as loaded_at
        from new_rows

    ),

    predictions as (

        select distinct
            cast(v0 as {{ id_type }}) as prediction_id,
            date_trunc('day', event_time) as period_start
        from (
            {{ model_monitor.log_rows(plain, [id], model_monitor.log_source(predictions)) | indent(12) }}
        ) as log_rows
        where cast(v0 as {{ id_type }}) in (select prediction_id from new_rows)

    ),

    outcomes as (

        {{ model_monitor.literal_rows(
            [['outcome', text], ['log', text]],
            model_monitor._outcome_names_and_logs(kinds)
        ) | indent(8) }}

    ),

    found as (

        select
            coalesce(
                outcomes.log,
                {{ model_monitor.text_literal(predictions.name ~ '.') }} || new_rows.outcome
            ) as log,
            case when outcomes.log is not null then predictions.period_start end as period_start,
            new_rows.is_tied,
            case when new_rows.loaded_at = newest.loaded_at then 1 else 0 end as is_newest
        from new_rows
        left join outcomes
            on new_rows.outcome = outcomes.outcome
        cross join newest
        left join predictions
            on new_rows.prediction_id = predictions.prediction_id

        union all

        select
            outcomes.log,
            cast(null as timestamp) as period_start,
            null as is_tied,
            null as is_newest
        from outcomes

    )

    select
        cast({{ model_monitor.text_literal(monitor.name) }} as {{ text }}) as monitor,
        cast(found.log as {{ text }}) as log,
        cast(found.period_start as timestamp) as period_start,
        cast(coalesce(sum(1 - found.is_tied), 0) as bigint) as new_row_count,
        cast(coalesce(sum(found.is_tied), 0) as bigint) as tied_row_count,
        max(newest.loaded_at) as last_loaded_at,
        cast(coalesce(sum(found.is_newest), 0) as bigint) as last_loaded_row_count
    from found
    cross join newest
    group by found.log, found.period_start
)
{% endmacro %}

{% macro _outcome_names_and_logs(outcomes) %}
    {% set rows = [] %}
    {% for outcome in outcomes %}
        {% do rows.append([
            model_monitor.text_literal(outcome.name), model_monitor.text_literal(outcome.log),
        ]) %}
    {% endfor %}
    {{ return(rows) }}
{% endmacro %}
