{#
    The sketch of one outcome over the days that this run touched: predictions with their observed
    outcome, per day, version, role, arm, slice, score, class and bin of the score. All values are
    integers, as in the other sketches: sums are in millionths (of a probability; of the ruler's
    scale for a regression), and products use the rounded numbers.

    Rows of score (label) count every prediction; their bins are delays (over all rows only), in
    steps of a tenth of a logarithm of seconds, -1 without a label. Rows of a regression count the
    matured predictions. Rows of other scores count all predictions, and also hold their expected
    outcomes. Bin -1 has no score, -2 an invalid one, the others are the ruler's fine bins (one bin,
    0, for a regression). Only rows with a valid label and a valid score are in their sums. For a
    multiclass score, the bin of class (micro) is the actual class times 1000 plus the predicted one
    (position from 0, the number of classes for an unknown class); invalid rows among these have a
    predicted class and no loss.

    A score with `costs` in SQL has more rows, of class (worth), with the number of the score's
    series (worth_rows.sql).

    The coverage row, of zeros and with version (all), shows that a day was counted; class (worth)
    has its own.
#}
{% macro outcome_sketch(monitor, outcome) %}
{% set log = monitor.logs[0] %}
{% set columns = model_monitor.slice_columns(log) %}
{% set reads = model_monitor._outcome_reads(log, outcome) %}
{% set costs = model_monitor.read_costs(monitor, outcome, reads) %}
{% set rows = model_monitor.touched_log_rows(log, reads.expressions) %}
{% set types = model_monitor.touched_value_types(rows, reads.expressions | length) %}
{% set text = model_monitor.type_text() %}
{% set double = model_monitor.type_double() %}
{% set here = model_monitor.of_log(monitor, log.name) %}
{% set subjects = outcome.entries | map(attribute='subject') | map(attribute='name') | list %}
{% set summed = model_monitor.outcome_counts() + model_monitor.outcome_sums()
    + (['sum_pp_high'] if costs else []) %}
{% set is_worth = "names.class = '" ~ model_monitor.worth_class() ~ "'" %}
(
    with {{ model_monitor._outcome_surroundings(monitor, outcome) | indent(4) }}

    {{ model_monitor._thresholds(monitor) | indent(4) }}

    rulers as (

        select
            subject,
            ruler_version,
            center,
            scale
        from {{ ref('model_monitor', 'int_monitor__ruler_subjects') }}
        where {{ here }}
            and subject in ({{ model_monitor.text_literals(subjects or ['']) }})

    ),

    -- a score finds its bin by its thousandth, without a range join
    bin_cells as {{ model_monitor.materialized() }} (

        select
            bins.subject,
            bins.bin,
            cells.cell,
            bins.lower_edge,
            bins.upper_edge
        from {{ ref('model_monitor', 'int_monitor__ruler_bins') }} as bins
        inner join (
            select day_number as cell
            from ({{ model_monitor.recent_days(1001) }}) as numbers
        ) as cells
            on cells.cell >= floor(greatest(bins.lower_edge, 0.0) * 1000)
            and cells.cell <= floor(least(bins.upper_edge, 1.0) * 1000)
        where {{ here | replace('monitor =', 'bins.monitor =') | replace('log =', 'bins.log =') }}
            and bins.subject in ({{ model_monitor.text_literals(subjects or ['']) }})
            and bins.bin between 0 and 999

    ),

    {{ model_monitor._labelled_predictions(monitor, outcome, reads, rows, types) | indent(4) }}

    -- rows are grouped by numbers: a version, role and arm has one number for each of the
    -- thresholds that were in force
    arms as {{ model_monitor.materialized() }} (

        select
            cast(dense_rank() over (
                order by seen.model_version, seen.role, seen.arm
            ) as integer) as arm_number,
            seen.model_version,
            seen.role,
            seen.arm,
            thresholds.threshold,
            coalesce(thresholds.in_force_from, cast('0001-01-01' as timestamp)) as in_force_from,
            coalesce(thresholds.in_force_until, cast('9999-12-31' as timestamp)) as in_force_until
        from (
            select distinct model_version, role, arm
            from predictions
        ) as seen
        left join thresholds
            on seen.model_version = thresholds.model_version

    ),

    log_rows as {{ model_monitor.materialized() if outcome.entries | length > 1 }} (

        select
            date_trunc('day', clocked.event_time) as period_start,
            arms.arm_number
            {%- for column in columns %},
            coalesce(vocabulary_{{ loop.index0 }}.value_number, 0) as n{{ loop.index0 }}
            {%- endfor %},
            case when clocked.is_matured then 1 else 0 end as matured,
            case when clocked.is_matured and clocked.is_in_time then 1 else 0 end as observed,
            case when clocked.is_matured and clocked.label_value is not null
                and not clocked.is_in_time then 1 else 0 end as late,
            case when clocked.is_matured and clocked.occurred_at < clocked.event_time
                then 1 else 0 end as early,
            case when clocked.is_matured and clocked.has_label and clocked.label_value is null
                then 1 else 0 end as invalid,
            case when clocked.is_matured and clocked.is_repeated then 1 else 0 end as repeated,
            case when clocked.is_matured and clocked.is_corrected then 1 else 0 end as corrected,
            case
                when clocked.is_matured and clocked.is_in_time then clocked.label_value
                when clocked.is_matured then {{ model_monitor._otherwise(outcome) }}
            end as y,
            case when clocked.is_matured and clocked.is_in_time and clocked.occurred_at is not null
                then {{ model_monitor.delay_bin('clocked.event_time', 'clocked.occurred_at') }}
                else -1
            end as delay_bin,
            arms.threshold as version_threshold
            {%- if reads.decision is not none %},
            {{ model_monitor.try_boolean('clocked.v' ~ reads.decision, types[reads.decision]) }} as decided
            {%- endif %}
            {%- for entry in outcome.entries %},
            {{ model_monitor.try_double('clocked.v' ~ reads.scores[loop.index0], types[reads.scores[loop.index0]]) }}
                as x{{ loop.index0 }}
            {%- endfor %}
            {%- if reads.predicted is not none %},
            cast(clocked.v{{ reads.predicted }} as {{ text }}) as said_class
            {%- endif %}
            {{- model_monitor._cost_columns(costs, types) }}
        from clocked
        {#-
            every row has a match, but the planner assumes that an inner join keeps few rows, and
            the next join would then build its hash table from the log
        #}
        left join arms
            on clocked.model_version = arms.model_version
            and clocked.role = arms.role
            and clocked.arm = arms.arm
            and {{ model_monitor.was_in_force('clocked', 'arms') }}
        {{- model_monitor.vocabulary_lookups(columns, 'clocked') | indent(8) }}

    ),
    {{ model_monitor._outcome_measures(monitor, dict(
        outcome, decided=reads.decision is not none, costs=costs
    ), columns) | indent(4) }}

    coverage as (

        select
            slices.slice_name,
            '(all)' as slice_value,
            touched.period_start,
            '(all)' as model_version,
            'live' as role,
            '' as arm,
            entries.entry,
            -1 as bin
            {%- for name in summed %},
            0 as {{ name }}
            {%- endfor %}
        from touched
        cross join (
            values ('(all)')
            {%- for slice in log.slices %}, ({{ model_monitor.text_literal(slice.name) }}){% endfor %}
        ) as slices (slice_name)
        cross join (
            values (0){{ ', (' ~ model_monitor._worth_entry_number() ~ ')' if costs }}
        ) as entries (entry)

    ),

    outputs as (

        select
            rolled_up.slice_name,
            case
                when rolled_up.slice_name = '(all)' then '(all)'
                else coalesce(vocabulary.slice_value, '(other)')
            end as slice_value,
            rolled_up.period_start,
            arms.model_version,
            arms.role,
            arms.arm,
            rolled_up.entry,
            rolled_up.bin
            {%- for name in summed %},
            rolled_up.{{ name }}
            {%- endfor %}
        from rolled_up
        inner join (
            select distinct arm_number, model_version, role, arm
            from arms
        ) as arms
            on rolled_up.arm_number = arms.arm_number
        left join vocabulary
            on rolled_up.value_number = vocabulary.value_number

        union all

        select * from coverage

    ),

    names as (

        {{ model_monitor.literal_rows(
            [['entry', 'integer'], ['score', text], ['class', text], ['subject', text]],
            model_monitor._outcome_entry_names(outcome)
        ) | indent(8) }}

    )

    select
        {{ model_monitor.text_literal(monitor.name) }} as monitor,
        {{ model_monitor.text_literal(outcome.log) }} as log,
        {{ model_monitor.text_literal(outcome.name) }} as outcome,
        outputs.role,
        outputs.arm,
        outputs.model_version,
        cast(outputs.period_start as timestamp) as period_start,
        outputs.slice_name,
        outputs.slice_value,
        names.score,
        names.class,
        {%- set key = [
            model_monitor.text_literal(monitor.name), model_monitor.text_literal(outcome.log),
            'outputs.role', 'outputs.model_version', 'outputs.slice_name', 'outputs.slice_value',
            'names.score',
            'case when ' ~ is_worth ~ " then '(binary)' else names.class end" if costs else 'names.class',
        ] %}
        {{ model_monitor.key_number(key) }} as series_id,
        {{ model_monitor.key_number(key[:3] + ["'(all)'"] + key[4:]) }} as all_series_id,
        rulers.ruler_version,
        cast(outputs.bin as integer) as bin,
        {%- if costs %}
        case when {{ is_worth }} then {{ model_monitor.text_literal(
            model_monitor.costs_definition(monitor)
        ) }} end as definition,
        cast(outputs.sum_pp_high as decimal(38, 0)) as sum_pp_high
        {%- else %}
        cast(null as {{ text }}) as definition,
        cast(null as decimal(38, 0)) as sum_pp_high
        {%- endif %}
        {%- for name in model_monitor.outcome_counts() %},
        cast(outputs.{{ name }} as bigint) as {{ name }}
        {%- endfor %}
        {%- for name in model_monitor.outcome_sums() %},
        cast(outputs.{{ name }} as decimal(38, 0)) as {{ name }}
        {%- endfor %}
    from outputs
    inner join names
        on outputs.entry = names.entry
    left join rulers
        on names.subject = rulers.subject
    cross join slices_from
    where {{ model_monitor._is_kept_slice('outputs') | indent(4) }}
)
{% endmacro %}

{#-
    The CTEs that a sketch of outcomes needs beside its rows: touched days, slices and their
    retention.
-#}
{% macro _outcome_surroundings(monitor, outcome) %}
touched as (

    select period_start
    from {{ ref('model_monitor', 'int_monitor__touched_outcomes') }}
    where monitor = {{ model_monitor.text_literal(monitor.name) }}
        and log = {{ model_monitor.text_literal(outcome.log) }}

),

{{ model_monitor._slice_surroundings(monitor.logs[0], monitor) }}
{% endmacro %}

{#- The slices of a log and their retention. -#}
{% macro _slice_surroundings(log, monitor) %}
{% set here = model_monitor.of_log(monitor, log.name) -%}
vocabulary as (

    select
        slice_name,
        slice_value,
        cast(row_number() over (order by slice_name, slice_value) as integer) as value_number
    from {{ ref('model_monitor', 'int_monitor__vocabulary') }}
    where {{ here }}

),

slices_from as (

    select slices_from
    from {{ ref('model_monitor', 'int_monitor__expiries') }}
    where {{ here }}

),
{% endmacro %}

{# Whether a threshold (of stg_monitor__thresholds) was in force at the time of a row. #}
{% macro was_in_force(rows, thresholds) -%}
{{ rows }}.event_time >= {{ thresholds }}.in_force_from
            and {{ rows }}.event_time < {{ thresholds }}.in_force_until
{%- endmacro %}

{#- The thresholds of each version of a monitor, with the times they are in force. -#}
{% macro _thresholds(monitor) %}
thresholds as (

    select
        model_version,
        threshold,
        in_force_from,
        in_force_until
    from {{ ref('model_monitor', 'stg_monitor__thresholds') }}
    where monitor = {{ model_monitor.text_literal(monitor.name) }}

),
{% endmacro %}

{% macro _is_kept_slice(rows) -%}
{{ rows }}.slice_name = '(all)'
    or (
        {{ rows }}.period_start >= slices_from.slices_from
        -- without a vocabulary every value would be (other)
        and {{ rows }}.slice_name in (select vocabulary.slice_name from vocabulary)
    )
{%- endmacro %}

{#-
    The touched predictions of an outcome with their known labels: from `predictions` (rows as
    log_rows reads them, v0 is the id) to `clocked` (adds occurred_at, label_value, has_label,
    is_matured and is_in_time).
-#}
{% macro _labelled_predictions(monitor, outcome, reads, rows, types) %}
{% set is_multiclass = outcome['value'] == 'class' %}
predictions as {{ model_monitor.read_twice() }} (

    select *
    from (
        {{ rows | indent(12) }}
    ) as log_rows
    where {{ model_monitor.is_touched(monitor.logs[0]) }}

),
{% if outcome.in_row %}

labelled as (

    select
        predictions.*,
        cast(null as timestamp) as occurred_at,
        {{ model_monitor._label_value(outcome, 'v' ~ reads.label, types[reads.label]) }} as label_value,
        v{{ reads.label }} is not null as has_label,
        false as is_repeated,
        false as is_corrected
    from predictions

),
{% else %}
{% set id_type = model_monitor.prediction_id_type(monitor) %}
{% set label_rows = model_monitor.outcome_rows(monitor, id_type) %}
{% set outcome_types = model_monitor.value_types(label_rows, 1) %}

labels as {{ model_monitor.read_twice() }} (

    select
        prediction_id,
        {{ model_monitor._label_value(outcome, 'v0', outcome_types[0]) }} as label_value,
        case when v0 is null then 0 else 1 end as has_value,
        occurred_at,
        loaded_at
    from (
        {{ label_rows | indent(12) }}
    ) as outcome_rows
    where outcome = {{ model_monitor.text_literal(outcome.name) }}
        and prediction_id in (select cast(v0 as {{ id_type }}) from predictions)

),

label_counts as {{ model_monitor.materialized() }} (

    select
        prediction_id,
        count(*) as label_count,
        count(label_value) not in (0, count(*)) or min(label_value) <> max(label_value)
            as is_corrected,
        max(label_value) as label_value,
        max(has_value) as has_value,
        max(occurred_at) as occurred_at,
        max(loaded_at) as loaded_at
    from labels
    group by prediction_id

),

-- a later row is a correction; for two at one instant, the later event wins, then the greater value
corrections as (

    select
        labels.*,
        label_counts.is_corrected,
        row_number() over (
            partition by labels.prediction_id
            order by
                coalesce(labels.occurred_at, cast('0001-01-01' as timestamp)) desc,
                case when labels.label_value is null then 1 else 0 end asc,
                {{ model_monitor.text_order('labels.label_value') if is_multiclass
                    else 'labels.label_value' }} desc,
                labels.has_value desc
        ) as recency
    from labels
    inner join label_counts
        on labels.prediction_id = label_counts.prediction_id
        and labels.loaded_at = label_counts.loaded_at
    where label_counts.label_count > 1

),

in_force as (

    select prediction_id, label_value, has_value, occurred_at, false as is_repeated, false as is_corrected
    from label_counts
    where label_count = 1
    union all
    select prediction_id, label_value, has_value, occurred_at, true, is_corrected
    from corrections
    where recency = 1

),

labelled as (

    select
        predictions.*,
        in_force.occurred_at,
        in_force.label_value,
        coalesce(in_force.has_value, 0) = 1 as has_label,
        coalesce(in_force.is_repeated, false) as is_repeated,
        coalesce(in_force.is_corrected, false) as is_corrected
    from predictions
    left join in_force
        on cast(predictions.v0 as {{ id_type }}) = in_force.prediction_id

),
{% endif %}

clocked as (

    select
        *,
        event_time <= {{ model_monitor.as_of_timestamp() }}
            - interval '{{ monitor.limits.lateness + outcome.matures_after }} seconds' as is_matured,
        label_value is not null
        and coalesce(
            occurred_at <= event_time + interval '{{ outcome.matures_after }} seconds', true
        ) as is_in_time
    from labelled

),
{% endmacro %}

{#-
    The columns to read from the predictions: {expressions, scores, label, decision, predicted}, as
    positions.
-#}
{% macro _outcome_reads(log, outcome) %}
    {% set found = {'expressions': [], 'scores': [], 'label': none, 'decision': none, 'predicted': none} %}
    {% set id = log.columns.id or log.columns.time %}
    {% do found.expressions.append({'sql': adapter.quote(id), 'column': id}) %}
    {% for entry in outcome.entries %}
        {% do found.scores.append(found.expressions | length) %}
        {% do found.expressions.append({'sql': entry.subject.sql, 'column': entry.subject.column}) %}
        {% if entry.primary and log.columns.decision is not none and entry.kind == 'binary' %}
            {% do found.update({'decision': found.expressions | length}) %}
            {% do found.expressions.append({'sql': adapter.quote(log.columns.decision), 'column': log.columns.decision}) %}
        {% endif %}
    {% endfor %}
    {% for entry in outcome.entries if entry.predicted is not none and found.predicted is none %}
        {% do found.update({'predicted': found.expressions | length}) %}
        {% do found.expressions.append({'sql': adapter.quote(entry.predicted), 'column': entry.predicted}) %}
    {% endfor %}
    {% if outcome.in_row %}
        {% do found.update({'label': found.expressions | length}) %}
        {% do found.expressions.append({'sql': adapter.quote(log.columns.label), 'column': log.columns.label}) %}
    {% endif %}
    {{ return(found) }}
{% endmacro %}

{#-
    A raw label as a value of its outcome, null if it is invalid: 2 is no binary label. A number too
    close to 0 to divide by becomes 0.
-#}
{% macro _label_value(outcome, raw, data_type) -%}
    {%- if outcome['value'] == 'class' -%}
cast({{ raw }} as {{ model_monitor.type_text() }})
    {%- else -%}
    {%- set number = model_monitor.as_number(raw, data_type) | trim -%}
case
    when {{ number }} {{ 'in (0, 1)' if outcome['value'] == 'binary' else 'is not null' }}
        and {{ model_monitor.is_measurable(number) }} then {{ model_monitor.without_tiny(number) }}
end
    {%- endif -%}
{%- endmacro %}

{% macro _otherwise(outcome) -%}
    {%- if outcome.otherwise is none -%}
cast(null as {{ model_monitor.type_text() if outcome['value'] == 'class' else model_monitor.type_double() }})
    {%- elif outcome['value'] == 'class' -%}
{{ model_monitor.text_literal(outcome.otherwise) }}
    {%- else -%}
cast({{ outcome.otherwise }} as {{ model_monitor.type_double() }})
    {%- endif -%}
{%- endmacro %}

{# The step of a delay: ten steps to a factor of e, from one second on. A negative delay counts as 0. #}
{% macro delay_bin(from_time, to_time) -%}
cast(floor(10 * ln(1e0 + greatest({{ dbt.datediff(from_time, to_time, 'second') }}, 0))) as integer)
{%- endmacro %}

{# The start of a step of delay, in hours. #}
{% macro delay_edge(bin) -%}
((exp({{ bin }} / 10e0) - 1e0) / 3600e0)
{%- endmacro %}

{% macro _outcome_entry_names(outcome) %}
    {% set rows = [['0', "'(label)'", "'(label)'", 'null']] %}
    {% for entry in outcome.entries %}
        {% do rows.append([
            loop.index | string,
            model_monitor.text_literal(entry.score),
            model_monitor.text_literal(entry.class),
            model_monitor.text_literal(entry.subject.name),
        ]) %}
    {% endfor %}
    {% for score in outcome.entries | selectattr('kind', 'equalto', 'multiclass')
        | map(attribute='score') | unique %}
        {% do rows.append([
            (1000 + loop.index0) | string, model_monitor.text_literal(score), "'(micro)'", 'null',
        ]) %}
    {% endfor %}
    {% for entry in outcome.entries if entry.is_costed %}
        {% do rows.append([
            model_monitor._worth_entry_number(), model_monitor.text_literal(entry.score),
            model_monitor.text_literal(model_monitor.worth_class()), 'null',
        ]) %}
    {% endfor %}
    {{ return(rows) }}
{% endmacro %}
