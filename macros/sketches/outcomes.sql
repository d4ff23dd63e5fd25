{#
    The outcomes of a monitor: the kinds of its outcomes log, and `label` if the predictions have
    one. Each is {name, log, in_row, matures_after, otherwise, horizon, proxy, value, entries}:

      log      predictions.<name>: the predictions, on the clock of this outcome
      value    binary (0 or 1), class (a text) or number: the type that a label must have
      entries  the scores evaluated against it, one per score, or per class of a multiclass score:
               {score, class, kind, subject, threshold, primary, is_first, is_costed}: is_first
               marks the outcome's first score, is_costed the one with `costs` in SQL
#}
{% macro outcomes_of(monitor) %}
    {% set found = [] %}
    {% set predictions = monitor.logs[0] %}
    {% set costed = model_monitor.costed_score(monitor) if predictions.costs else none %}
    {% set kinds = dict(monitor.outcomes.kinds) if monitor.outcomes is not none else {} %}
    {% if predictions.columns.label is not none %}
        {% do kinds.update({'label': {
            'matures_after': 0, 'otherwise': none, 'horizon': none, 'proxy': none,
        }}) %}
    {% endif %}
    {% for name, kind in kinds.items() %}
        {% set entries = [] %}
        {% for score_name, score in monitor.scores.items() if score.outcome == name %}
            {% do entries.extend(model_monitor._outcome_entries(predictions, score_name, score)) %}
        {% endfor %}
        {% for entry in entries %}
            {% do entry.update({
                'is_first': entry.score == entries[0].score,
                'is_costed': entry.score == costed,
            }) %}
        {% endfor %}
        {% set judged = entries | map(attribute='kind') | list %}
        {% do found.append(dict(
            kind,
            name=name,
            log=predictions.name ~ '.' ~ name,
            in_row=name == 'label' and predictions.columns.label is not none,
            value='class' if 'multiclass' in judged else 'binary' if 'binary' in judged else 'number',
            entries=entries
        )) %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}

{# The monitor's first score with an outcome, with its log and kind; none if there is none. #}
{% macro first_judged(monitor) %}
    {% set found = {} %}
    {% for outcome in model_monitor.outcomes_of(monitor) %}
        {% for entry in outcome.entries %}
            {% do found.update({entry.score: {
                'score': entry.score, 'kind': entry.kind, 'log': outcome.log,
            }}) %}
        {% endfor %}
    {% endfor %}
    {{ return(found[monitor.scores | select('in', found) | first] if found else none) }}
{% endmacro %}

{% macro _outcome_entries(predictions, name, score) %}
    {% set entries = [] %}
    {% set classes = {'binary': {'(binary)': name}, 'regression': {'(all)': name}}.get(score.kind, {}) %}
    {% if score.kind == 'multiclass' %}
        {% for class in score.probabilities %}
            {% do classes.update({class: name ~ '.' ~ class}) %}
        {% endfor %}
    {% endif %}
    {% for class, subject in classes.items() %}
        {% do entries.append({
            'score': name,
            'class': class,
            'kind': score.kind,
            'subject': predictions.subjects | selectattr('name', 'equalto', subject) | first,
            'predicted': score.predicted,
            'threshold': score.threshold,
            'primary': score.primary,
        }) %}
    {% endfor %}
    {{ return(entries) }}
{% endmacro %}

{# Is this the log of an outcome? Names of other logs have no dot. #}
{% macro is_outcome_log(log) -%}
position('.' in {{ log }}) > 0
{%- endmacro %}

{#
    The source of an outcomes log: {relation, columns (of relation_columns), is_readable}. As with
    other logs, an absent table is an empty log, and an absent column a null.
#}
{% macro outcomes_source(monitor) %}
    {% if not execute %}
        {{ return(model_monitor._found_outcomes(monitor.outcomes)) }}
    {% endif %}
    {#- every outcome needs it, twice -#}
    {% set remembered = model_monitor._remembered() %}
    {% set key = 'outcomes of ' ~ monitor.outcomes %}
    {% if key not in remembered %}
        {% do remembered.update({key: model_monitor._found_outcomes(monitor.outcomes)}) %}
    {% endif %}
    {{ return(remembered[key]) }}
{% endmacro %}

{% macro _found_outcomes(given) %}
    {% set relation = model_monitor.relation(given.relation) %}
    {% set asked = [given.prediction, given.value, given.time, given.name, given.loaded_at] %}
    {% set found = model_monitor.relation_columns(relation, asked | reject('none') | unique | list) %}
    {% for name in [given.time, given.loaded_at] if name is not none %}
        {% set data_type = found['columns'].get(name | lower, 'timestamp') | lower %}
        {% if not modules.re.search('time|date|char|text|string', data_type) %}
            {% do found.update({'status': 'wrong_type'}) %}
            {% do found['absent'].append(name) %}
            {% do found['problems'].append(name ~ ' is ' ~ data_type ~ ', not a timestamp') %}
        {% endif %}
    {% endfor %}
    {% do model_monitor.check_expressions(
        found, relation, {'where': given.where, 'per': none, 'expressions': []}
    ) %}
    {% set needed = [given.prediction, given.value, given.time, given.name, given.loaded_at] %}
    {% set missing = needed | reject('none') | select('in', found.absent) | list %}
    {{ return({
        'relation': relation,
        'columns': found,
        'is_readable': found.status not in ('missing_table', 'invalid_where', 'wrong_type')
            and not missing,
    }) }}
{% endmacro %}

{#
    The type in which prediction and label ids are compared: a number if both are whole, otherwise
    text.
#}
{% macro prediction_id_type(monitor) %}
    {% set predictions = monitor.logs[0] %}
    {% set sides = [
        [model_monitor.log_columns(predictions), predictions.columns.id],
        [model_monitor.outcomes_source(monitor).columns, monitor.outcomes.prediction],
    ] %}
    {% for found, name in sides %}
        {% set data_type = found['columns'].get((name or '') | lower, '') | lower %}
        {% if not modules.re.match('(u?(tiny|small)|big)?int$|u?integer$', data_type) %}
            {{ return(model_monitor.type_text()) }}
        {% endif %}
    {% endfor %}
    {{ return('bigint') }}
{% endmacro %}

{#
    The rows of an outcomes log that the run may see: prediction_id (as text, or of the given type),
    outcome as text, occurred_at, loaded_at (occurred_at if the log has none) and v0, the raw value.
    is_told: a text for somebody else to run (log_rows). is_undated: includes rows without a
    readable time of arrival; only the caller that counts these may see them.
#}
{% macro outcome_rows(monitor, id_type=none, is_told=false, is_undated=false) %}
    {% set given = monitor.outcomes %}
    {% set source = model_monitor.outcomes_source(monitor) %}
    {% set text = model_monitor.type_text() %}
    {% set id_type = id_type or text %}
    {% if execute and not source.is_readable %}
select
    cast(null as {{ id_type }}) as prediction_id,
    cast(null as {{ text }}) as outcome,
    cast(null as timestamp) as occurred_at,
    cast(null as timestamp) as loaded_at,
    cast(null as {{ text }}) as v0
from (select 1 as nothing) as no_table
where 1 = 0
    {% else %}
        {% set columns = source.columns.columns %}
        {% set occurred_at = model_monitor._log_time(given.time, columns) %}
        {% set loaded_at = occurred_at if given.loaded_at is none
            else model_monitor._log_time(given.loaded_at, columns) %}
        {% if not is_told %}
            {% do model_monitor.before_rows(source.columns) %}
        {% endif %}
select
    cast({{ adapter.quote(given.prediction) }} as {{ id_type }}) as prediction_id,
    {{ model_monitor.text_literal(given.kinds | first) if given.name is none
        else 'cast(' ~ adapter.quote(given.name) ~ ' as ' ~ text ~ ')' }} as outcome,
    {{ occurred_at }} as occurred_at,
    {{ loaded_at }} as loaded_at,
    {{ adapter.quote(given.value) }} as v0
from {{ source.relation }}
where {% if is_undated %}({{ loaded_at }} is null or {% endif -%}
{{ loaded_at }} <= {{ model_monitor.as_of_timestamp() }}{{ ')' if is_undated }}
        {%- if given.where %}
    and ({{ model_monitor.read_expression(given.where, source.columns, is_told) }})
        {%- endif %}
    {% endif %}
{% endmacro %}

{# The columns of one sketch row, without its key: additive integers. #}
{% macro outcome_counts() %}
    {{ return([
        'row_count', 'matured_count', 'labelled_count', 'observed_count', 'late_count',
        'early_count', 'invalid_count', 'true_positives', 'false_positives', 'false_negatives',
        'true_negatives', 'ape_count', 'clamped_count', 'scored_count', 'decided_count', 'predicted_count',
        'repeated_count', 'corrected_count',
    ]) }}
{% endmacro %}

{% macro outcome_sums() %}
    {{ return([
        'sum_y', 'sum_p', 'sum_yy', 'sum_pp', 'sum_py', 'sum_abs', 'sum_ape', 'sum_loss',
        'sum_scored', 'sum_yy_high',
    ]) }}
{% endmacro %}

{# The columns of the sketch of outcomes, as [name, type]. #}
{% macro outcome_columns() %}
    {% set text = model_monitor.type_text() %}
    {% set columns = [
        ['monitor', text], ['log', text], ['outcome', text], ['role', text], ['arm', text],
        ['model_version', text], ['period_start', 'timestamp'], ['slice_name', text],
        ['slice_value', text], ['score', text], ['class', text], ['series_id', 'bigint'],
        ['all_series_id', 'bigint'], ['ruler_version', 'integer'], ['bin', 'integer'],
        ['definition', text], ['sum_pp_high', 'decimal(38, 0)'],
    ] %}
    {% for name in model_monitor.outcome_counts() %}
        {% do columns.append([name, 'bigint']) %}
    {% endfor %}
    {% for name in model_monitor.outcome_sums() %}
        {% do columns.append([name, 'decimal(38, 0)']) %}
    {% endfor %}
    {{ return(columns) }}
{% endmacro %}

{#
    The sketch of outcomes is written outcome by outcome, as bins are written log by log. An outcome
    without touched days has no statement.
#}
{% macro write_outcomes() %}
    {% do model_monitor.run_statement(model_monitor.before_sketches(this)) %}
    {% for monitor in model_monitor.monitors() %}
        {% for outcome in model_monitor.outcomes_of(monitor) %}
            {% do model_monitor.run_statement(model_monitor.insert_outcomes(monitor, outcome)) %}
        {% endfor %}
    {% endfor %}
{% endmacro %}

{% macro insert_outcomes(monitor, outcome) %}
    {% set monitor = model_monitor.with_outcome_days(monitor, outcome) %}
    {% if monitor is not none %}
        {% set columns = model_monitor.outcome_columns() | map(attribute=0) | join(', ') %}
insert into {{ this }} ({{ columns }})
select {{ columns }}
from {{ model_monitor.outcome_sketch(monitor, outcome) }} as sketch
    {% endif %}
{% endmacro %}

{# The monitor for the sketch of one outcome: with the days that are counted again for that outcome. #}
{% macro with_outcome_days(monitor, outcome) %}
    {{ return(model_monitor.with_touched_days(
        monitor, 'int_monitor__touched_outcomes', model_monitor.of_log(monitor, outcome.log)
    )) }}
{% endmacro %}

{# The number of the control-only series of a series; numbers of series have 60 bits. #}
{% macro untreated_series(series_id) -%}
(-1 - {{ series_id }})
{%- endmacro %}

{#
    The rows of a sketch of outcomes over the touched windows, with their window_id. If an arm was
    treated, the control-only live rows follow once more, as role untreated.
#}
{% macro windows_of_sketch(sketch, key, added) %}
{%- set others = key | reject('equalto', 'role') | list + added -%}
select
    window_periods.window_id,
    sketch.role,
    {{ model_monitor.listed_columns('sketch', others) | replace('        ', '    ') }}
from {{ ref('model_monitor', 'int_monitor__window_periods') }} as window_periods
inner join {{ ref('model_monitor', sketch) }} as sketch
    on window_periods.monitor = sketch.monitor
    and window_periods.log = sketch.log
    and window_periods.period_time = sketch.period_start
where (window_periods.has_slices or sketch.slice_name = '(all)')
    and (window_periods.has_combinations or position('+' in sketch.slice_name) = 0)

union all

select
    window_periods.window_id,
    'untreated' as role,
    {{ model_monitor.listed_columns('sketch', others) | replace('        ', '    ') }}
from {{ ref('model_monitor', 'int_monitor__window_periods') }} as window_periods
inner join {{ ref('model_monitor', 'int_monitor__treated_windows') }} as treated
    on window_periods.window_id = treated.window_id
inner join {{ ref('model_monitor', sketch) }} as sketch
    on window_periods.monitor = sketch.monitor
    and window_periods.log = sketch.log
    and window_periods.period_time = sketch.period_start
inner join {{ ref('model_monitor', 'int_monitor__logs') }} as logs
    on sketch.monitor = logs.monitor
    and logs.log = 'predictions'
    and sketch.arm in ('', logs.control_arm)
where sketch.role = 'live'
    and (window_periods.has_slices or sketch.slice_name = '(all)')
    and (window_periods.has_combinations or position('+' in sketch.slice_name) = 0)
{% endmacro %}

{#-
    The scores of windows in `window_periods` with a day in bins of a ruler that was later replaced.
    Bins of two rulers do not add up, and part of a window does not represent the window.
-#}
{% macro scores_across_rulers() %}
select distinct
    window_periods.window_id,
    replaced.score,
    replaced.class
from window_periods
inner join (
    select distinct
        bins.monitor,
        bins.log,
        bins.period_start,
        bins.score,
        bins.class
    from {{ ref('model_monitor', 'int_monitor__outcome_bins') }} as bins
    left join {{ ref('model_monitor', 'int_monitor__outcome_scores') }} as scores
        on bins.monitor = scores.monitor
        and bins.log = scores.log
        and bins.score = scores.score
        and bins.class = scores.class
    left join {{ ref('model_monitor', 'int_monitor__ruler_subjects') }} as rulers
        on scores.monitor = rulers.monitor
        and rulers.log = 'predictions'
        and scores.subject = rulers.subject
    -- a removed score has no ruler
    where bins.ruler_version is not null
        and coalesce(bins.ruler_version <> rulers.ruler_version, true)
) as replaced
    on window_periods.monitor = replaced.monitor
    and window_periods.log = replaced.log
    and window_periods.period_time = replaced.period_start
{% endmacro %}

{# The days of the touched windows of outcomes, each with the number of days of its window. #}
{% macro outcome_window_period_rows() -%}
select
    *,
    count(*) over (partition by window_id) as period_count
from {{ ref('model_monitor', 'int_monitor__window_periods') }}
where {{ model_monitor.is_outcome_log('log') }}
{%- endmacro %}

{# The windows and slices of which every day was counted, by the coverage rows of `bins`. #}
{% macro counted_outcome_window_rows(periods, bins) -%}
select
    periods.window_id,
    bins.slice_name
from {{ periods }} as periods
inner join {{ bins }} as bins
    on periods.monitor = bins.monitor
    and periods.log = bins.log
    and periods.period_time = bins.period_start
where bins.model_version = '(all)'
group by periods.window_id, bins.slice_name
having count(*) = max(periods.period_count)
{%- endmacro %}
