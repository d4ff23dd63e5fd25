{#- The raw rows of the predictions, as text, with their outcome_value; null where it is not known. -#}
{% macro _raw_labelled(monitor, outcome, reads) %}
    {%- set log = monitor.logs[0] -%}
    {%- set label = model_monitor._label_value(
        outcome, 'log_rows.v' ~ reads.label if outcome.in_row else 'v0', none
    ) | trim -%}
    select
        log_rows.*,
        {% if outcome.in_row -%}
        {{ label }}
        {%- else -%}
        case when labels.label_value is not null and coalesce(labels.occurred_at <= log_rows.event_time
            {{- " + interval '" ~ outcome.matures_after ~ " seconds'" }}, true) then labels.label_value else
            {{- ' ' ~ model_monitor._otherwise(outcome) }} end
        {%- endif %} as outcome_value
    from (
{{ model_monitor.log_rows(
    log, reads.expressions, dict(model_monitor.log_source(log), is_told=true)
) | trim }}
    ) as log_rows
    {%- if not outcome.in_row %}
    left join (
        select
            prediction_id,
            {{ label }} as label_value,
            occurred_at,
            row_number() over (
                partition by prediction_id
                {#- as in the sketch: engines differ in where they order nulls #}
                order by
                    loaded_at desc,
                    coalesce(occurred_at, cast('0001-01-01' as timestamp)) desc,
                    case when {{ label }} is null then 1 else 0 end,
                    {{ model_monitor.text_order('(' ~ label ~ ')') if outcome['value'] == 'class' else label }} desc
            ) as recency
        from (
{{ model_monitor.outcome_rows(monitor, is_told=true) | trim }}
        ) as outcome_rows
        where outcome = {{ model_monitor.text_literal(outcome.name) }}
    ) as labels
        on cast(log_rows.v0 as {{ model_monitor.type_text() }}) = labels.prediction_id
        {#-
            below 2, not 1: for an unknown number Postgres expects 1 in one of 200 rows, and loops
            over all labels
        #}
        and labels.recency < 2
    {%- endif %}
{%- endmacro %}

{#
    The arrival times of a monitor's labels, as text, plus the maturation time: lateness starts
    after it.
#}
{% macro raw_label_arrivals(monitor, outcome) -%}
select loaded_at + interval '{{ outcome.matures_after }} seconds' as loaded_at
from (
    {{ model_monitor.outcome_rows(monitor, is_told=true) | trim | indent(4) }}
) as labels
{%- endmacro %}

{#
    The raw rows of an outcome, as text: those of the predictions with p (the score), y (the
    outcome) and said (the decision). p and y are set where both are valid; without a score p is 0.
    A multiclass score has one row per class, with p, y and said for that class; actual and guess
    are the true and the predicted class, and is_first is true for one row per prediction. Subjects
    of `others` are read too; their columns v follow those of the outcome.
#}
{% macro raw_outcome_rows(monitor, outcome, entry=none, others=[]) %}
    {%- if entry and entry.kind == 'multiclass' -%}
        {{- return(model_monitor._raw_class_rows(monitor, outcome, entry.score, others)) -}}
    {%- endif -%}
    {%- set reads = model_monitor._outcome_reads(
        monitor.logs[0], dict(outcome, entries=[entry] if entry else [])
    ) -%}
    {%- do reads.expressions.extend(others) -%}
    {%- set double = model_monitor.type_double() -%}
    {%- set p = model_monitor.try_double('v1') | trim if entry else '0' -%}
    {%- set valid = model_monitor.is_valid_number(entry.subject, p) | trim if entry else '1 = 1' -%}
    {%- set threshold = 'cast(' ~ model_monitor.value_literal(entry.threshold if entry else none) ~ ' as ' ~ double ~ ')' -%}
    {%- set is_versioned = entry and entry.primary and entry.kind == 'binary' -%}
    {%- if is_versioned -%}
        {%- set threshold = 'coalesce(thresholds.threshold, ' ~ threshold ~ ')' -%}
    {%- endif -%}
    {%- set said = p ~ ' >= ' ~ threshold -%}
    {%- if reads.decision is not none -%}
        {%- set said = 'coalesce(' ~ model_monitor.try_boolean('v' ~ reads.decision) ~ ', ' ~ said ~ ')' -%}
    {%- endif -%}
select
    rows_and_labels.*,
    case when is_valid and outcome_value is not null then score_value end as p,
    case when is_valid{{ ' and outcome_value is not null then 1e0'
        if outcome['value'] == 'class' else ' then outcome_value' }} end as y
from (
    select
        labelled_rows.*,
        {{ p }} as score_value,
        {{ valid }} as is_valid,
        {{ 'null' if entry is none or entry.kind == 'regression' else said }} as said
    from (
{{ model_monitor._raw_labelled(monitor, outcome, reads) }}
    ) as labelled_rows
    {%- if is_versioned %}
    left join {{ ref('model_monitor', 'stg_monitor__thresholds') }} as thresholds
        on thresholds.monitor = {{ model_monitor.text_literal(monitor.name) }}
        and labelled_rows.model_version = thresholds.model_version
        and {{ model_monitor.was_in_force('labelled_rows', 'thresholds') }}
    {%- endif %}
) as rows_and_labels
{%- endmacro %}

{% macro _raw_class_rows(monitor, outcome, score, others=[]) %}
    {%- set entries = outcome.entries | selectattr('score', 'equalto', score) | list -%}
    {%- set alone = dict(outcome, entries=entries) -%}
    {%- set reads = model_monitor._outcome_reads(monitor.logs[0], alone) -%}
    {%- do reads.expressions.extend(others) -%}
select
    class_rows.*,
    case when is_valid and actual is not null then score_value end as p,
    case
        when is_valid and actual = class then 1e0
        when is_valid and actual is not null then 0e0
    end as y,
    guess = class as said
from (
    select
        guessed_rows.*,
        classes.class,
        classes.is_first,
        case classes.class
            {%- for entry in entries %}
            when {{ model_monitor.text_literal(entry.class) }} then x{{ loop.index0 }}
            {%- endfor %}
        end as score_value,
        case classes.class
            {%- for entry in entries %}
            when {{ model_monitor.text_literal(entry.class) }}
                then coalesce({{ model_monitor.is_valid_number(entry.subject, 'x' ~ loop.index0) | trim }}, false)
            {%- endfor %}
        end as is_valid
    from (
        select
            scored_rows.*,
            outcome_value as actual,
            {{ model_monitor._said_class(alone, entries[0]) }} as guess
        from (
            select
                labelled_rows.*,
                {%- for place in reads.scores %}
                {{ model_monitor.try_double('v' ~ place) | trim }} as x{{ loop.index0 }}
                {{- ',' if not loop.last or reads.predicted is not none }}
                {%- endfor %}
                {%- if reads.predicted is not none %}
                cast(v{{ reads.predicted }} as {{ model_monitor.type_text() }}) as said_class
                {%- endif %}
            from (
{{ model_monitor._raw_labelled(monitor, alone, reads) }}
            ) as labelled_rows
        ) as scored_rows
    ) as guessed_rows
    cross join (
        {%- for entry in entries %}
        select {{ model_monitor.text_literal(entry.class) }} as class, {{ 'true' if loop.first else 'false' }} as is_first
        {{- ' union all' if not loop.last }}
        {%- endfor %}
    ) as classes
) as class_rows
{%- endmacro %}

{# The raw rows of one class only. #}
{% macro raw_rows_of_class(monitor, outcome, entry) %}
select *
from (
{{ model_monitor._raw_class_rows(monitor, outcome, entry.score) | trim }}
) as rows_of_classes
where class = {{ model_monitor.text_literal(entry.class) }}
{%- endmacro %}

{#
    The raw rows of the decisions that have a worth, as text: with worth_of_yes, worth_of_no and
    worth, that of the decision.
#}
{% macro raw_worth_rows(monitor, outcome, entry) %}
    {%- set alone = dict(outcome, entries=[entry]) -%}
    {%- set reads = model_monitor._outcome_reads(monitor.logs[0], alone) -%}
    {%- set read_before = reads.expressions | length -%}
    {%- set amounts = {} -%}
    {%- for kind, place in (model_monitor.read_costs(monitor, alone, reads) or {}).items() if place is not none -%}
        {%- do amounts.update({kind: model_monitor.as_number('v' ~ place) | trim}) -%}
    {%- endfor -%}
select
    valued_rows.*,
    case when said then worth_of_yes else worth_of_no end as worth
from (
    select
        outcome_rows.*,
        {{ model_monitor.worth_of_decision(monitor, true, amounts) }} as worth_of_yes,
        {{ model_monitor.worth_of_decision(monitor, false, amounts) }} as worth_of_no
    from (
{{ model_monitor.raw_outcome_rows(monitor, outcome, entry, reads.expressions[read_before:]) | trim }}
    ) as outcome_rows
) as valued_rows
where y is not null
    and said is not null
    and {{ model_monitor.is_measurable('worth_of_yes') }}
    and {{ model_monitor.is_measurable('worth_of_no') }}
{%- endmacro %}

{# The query of an alert about the worth of decisions. #}
{% macro template_worth() -%}
with log_rows as (
{rows}
)

select
    {formula} as value,
    count(*) as row_count
from log_rows
where role = 'live'
    and event_time >= cast('{start}' as timestamp)
    and event_time < cast('{end}' as timestamp){cell}
{%- endmacro %}

{# The measures over worth, worth_of_yes and worth_of_no of the raw rows. #}
{% macro raw_worth_measures() %}
    {%- set idle = 'greatest(sum(worth_of_no), sum(worth_of_yes))' -%}
    {{ return({
        'value_per_decision': 'avg(worth)',
        'roi': 'sum(worth) / nullif(sum(case when worth < 0 then -worth end), 0)',
        'gain_share': '(sum(worth) - ' ~ idle
            ~ ') / nullif(sum(greatest(worth_of_no, worth_of_yes)) - ' ~ idle ~ ', 0)',
    }) }}
{% endmacro %}

{#
    The query of an alert about an outcome. r is the rank of a score, shared by ties; s is the
    precision of predicting yes from that score upwards.
#}
{% macro template_outcome() -%}
with log_rows as (
{rows}
),

current_rows as (
    select
        log_rows.*,
        case when p is not null then
            rank() over (order by case when p is null then 2e0 else p end) + (count(*) over (partition by p) - 1) / 2.0
        end as r,
        avg(y) over (order by p desc) as s
    from log_rows
    where role = 'live'
        and event_time >= cast('{start}' as timestamp)
        and event_time < cast('{end}' as timestamp){cell}
)

select
    {formula} as value,
    count(y) as row_count
from current_rows
{%- endmacro %}

{# The same query for a multiclass score: each class against the rest, and their mean. #}
{% macro template_classes() -%}
with log_rows as (
{rows}
),

current_rows as (
    select
        log_rows.*,
        case when p is not null then
            rank() over (partition by class order by case when p is null then 2e0 else p end)
            + (count(*) over (partition by class, p) - 1) / 2.0
        end as r,
        avg(y) over (partition by class order by p desc) as s
    from log_rows
    where role = 'live'
        and event_time >= cast('{start}' as timestamp)
        and event_time < cast('{end}' as timestamp){cell}
),

of_classes as (
    select class, {formula} as value, count(y) as row_count
    from current_rows
    group by class
)

select
    avg(value) over () as value,
    class,
    value as value_of_class,
    row_count
from of_classes
order by value_of_class, class
{%- endmacro %}

{#
    The measures over all classes together: accuracy of the predicted class, and loss of the actual
    one.
#}
{% macro template_guesses() -%}
with log_rows as (
{rows}
)

select
    {formula} as value,
    sum(case when is_first and actual is not null then 1 else 0 end) as row_count
from log_rows
where role = 'live'
    and event_time >= cast('{start}' as timestamp)
    and event_time < cast('{end}' as timestamp){cell}
{%- endmacro %}

{% macro raw_guess_measures() %}
    {%- set known = 'nullif(sum(case when is_first and actual is not null and guess is not null then 1 end), 0)' -%}
    {{ return({
        'accuracy': 'sum(case when is_first and actual = guess then 1.0 else 0.0 end) / ' ~ known,
        'log_loss': 'avg(case when class = actual and guess is not null and p is not null'
            ~ ' then -ln(greatest(p, 1e-15)) end)',
    }) }}
{% endmacro %}

{# The measures over p, y, said, r and s of the raw rows; curves use the rows, not bins. #}
{% macro raw_outcome_measures() %}
    {%- set tp = 'sum(case when said and y = 1 then 1.0 else 0.0 end)' -%}
    {%- set fp = 'sum(case when said and y = 0 then 1.0 else 0.0 end)' -%}
    {%- set fn = 'sum(case when not said and y = 1 then 1.0 else 0.0 end)' -%}
    {%- set tn = 'sum(case when not said and y = 0 then 1.0 else 0.0 end)' -%}
    {{ return({
        'roc_auc': '(sum(case when y = 1 then r end)'
            ~ ' - sum(y) * (sum(y) + 1) / 2) / (sum(y) * (count(y) - sum(y)))',
        'pr_auc': 'avg(case when y = 1 then s end)',
        'log_loss': 'avg(case when y = 1 then -ln(greatest(p, 1e-15))'
            ~ ' when y = 0 then -ln(greatest(1 - p, 1e-15)) end)',
        'accuracy': '(' ~ tp ~ ' + ' ~ tn ~ ')'
            ~ ' / nullif(' ~ tp ~ ' + ' ~ tn ~ ' + ' ~ fp ~ ' + ' ~ fn ~ ', 0)',
        'precision': tp ~ ' / nullif(' ~ tp ~ ' + ' ~ fp ~ ', 0)',
        'recall': tp ~ ' / nullif(' ~ tp ~ ' + ' ~ fn ~ ', 0)',
        'f1': '2 * ' ~ tp ~ ' / nullif(2 * ' ~ tp ~ ' + ' ~ fp ~ ' + ' ~ fn ~ ', 0)',
        'specificity': tn ~ ' / nullif(' ~ tn ~ ' + ' ~ fp ~ ', 0)',
        'balanced_accuracy': '(' ~ tp ~ ' / nullif(' ~ tp ~ ' + ' ~ fn ~ ', 0) + '
            ~ tn ~ ' / nullif(' ~ tn ~ ' + ' ~ fp ~ ', 0)) / 2',
        'brier': 'avg((p - y) * (p - y))',
        'mae': 'avg(abs(p - y))',
        'bias': 'avg(p - y)',
        'rmse': 'sqrt(avg((p - y) * (p - y)))',
        'mape': 'avg(case when y <> 0 then abs(p - y) / abs(y) end)',
        'r2': '1 - sum((p - y) * (p - y)) / nullif(sum(y * y) - sum(y) * sum(y) / count(y), 0)',
        'calibration_ratio': 'sum(y) / sum(p)',
        'unlabelled_share': 'avg(case when y is null then 1.0 else 0.0 end)',
        'mean_outcome': 'avg(y)',
        'mean_value': 'avg(y)',
    }) }}
{% endmacro %}

{#
    The debiased calibration error over the buckets of monitor_calibration_buckets. For a multiclass
    score: the error of each class, and the root of their mean square.
#}
{% macro template_calibration_error(of_classes=false) -%}
with log_rows as (
{rows}
),

current_rows as (
    select *
    from log_rows
    where role = 'live'
        and p is not null
        and event_time >= cast('{start}' as timestamp)
        and event_time < cast('{end}' as timestamp){cell}
),

buckets as (
    select class, bucket, lower_bound, upper_bound, min(bucket) over (partition by class) as first_bucket
    from {{ ref('model_monitor', 'monitor_calibration_buckets') }}
    where bucketing = 'mass'
        and {keys}
        and score{{ " || case when class = '(binary)' then '' else '.' || class end" if not of_classes }} = {subject}
),

gaps as (
    select
        buckets.class,
        count(*) as n,
        avg(y) - avg(p) as gap,
        avg(y) * (1 - avg(y)) / nullif(count(*) - 1, 0) as chance
    from current_rows
    inner join buckets
        on p <= upper_bound
        and (p > lower_bound or (p = 0 and bucket = first_bucket))
        {%- if of_classes %}
        and current_rows.class = buckets.class
        {%- endif %}
    group by buckets.class, bucket
),

of_classes as (
    select
        class,
        sum(n * (gap * gap - coalesce(chance, 0))) / sum(n) as squared,
        sum(n) as row_count
    from gaps
    group by class
)

select
    {%- if of_classes %}
    sqrt(greatest(avg(squared) over (), 0)) as value,
    class,
    sqrt(greatest(squared, 0)) as value_of_class,
    row_count
from of_classes
order by value_of_class desc, class
    {%- else %}
    sqrt(greatest(squared, 0)) as value,
    row_count
from of_classes
    {%- endif %}
{%- endmacro %}

{#
    The tables with numbers that the raw rows alone do not determine (an estimate, a comparison of
    groups, a trend). By family: the table, the column of the subject, and the number, in which
    {metric} stands for the metric.
#}
{% macro told_measures() %}
    {{ return({
        'estimates': {
            'table': 'monitor_estimates',
            'subject': 'score',
            'measure': 'estimated_{metric}',
            'measures': {'roc_auc_error': 'abs(error_roc_auc)'},
        },
        'fairness': {
            'table': 'monitor_fairness',
            'subject': 'score',
            'measures': {
                'selection_disadvantage': '1 - disparate_impact',
                'opportunity_gap': '-1 * true_positive_rate_difference',
                'false_positive_gap': 'false_positive_rate_difference',
                'predictive_gap': '-1 * predictive_value_difference',
            },
        },
        'concept': {
            'table': 'monitor_concept',
            'subject': 'subject',
            'measures': {'rate_change': 'least(rate_change, coalesce(earlier_rate_change, rate_change))'},
        },
        'ranking': {
            'table': 'monitor_ranking',
            'subject': 'score',
            'measure': '{metric}',
            'name': "split_part(metric, '@', 1)",
            'measures': {},
        },
        'proxies': {
            'table': 'monitor_proxies',
            'subject': 'outcome',
            'measure': '{metric}',
            'measures': {},
        },
        'concentration': {
            'table': 'monitor_concentration',
            'subject': 'entity',
            'measures': {'feedback_loop_index': 'feedback_loop_index'},
        },
    }) }}
{% endmacro %}

{# Whether an alert's number is one of these. #}
{% macro is_told() -%}
case family
    {%- for family, told in model_monitor.told_measures().items() %}
    when '{{ family }}' then
        {%- if told.measure is defined %} true
        {%- else %} metric in ({{ model_monitor.word_literals(told.measures.keys()) }})
        {%- endif %}
    {%- endfor %}
    else false
end
{%- endmacro %}

{# The formula of such a number, as text; null for all others. #}
{% macro told_formulas() -%}
case
    {%- for family, told in model_monitor.told_measures().items() %}
    {%- for metric, sql in told.measures.items() %}
    when {{ model_monitor.is_told() }} and family = '{{ family }}' and metric = '{{ metric }}'
        then {{ model_monitor.text_literal(sql) }}
    {%- endfor %}
    {%- if told.measure is defined %}
    when {{ model_monitor.is_told() }} and family = '{{ family }}'
        then {{ model_monitor.filled(told.measure, {'metric': told.get('name', 'metric')}) }}
    {%- endif %}
    {%- endfor %}
end
{%- endmacro %}

{# By family, the query for the row of the result table with the number; `places` as in filled. #}
{% macro told_queries(places) -%}
case family
    {%- for family, told in model_monitor.told_measures().items() %}
    {%- set template -%}
select
    {formula} as value,
    told.*
from {{ ref('model_monitor', told.table) }} as told
where {keys}
        and {{ told.subject }} = {subject}
    {%- if family == 'ranking' %}
order by
    case when cast(told.k as {{ model_monitor.type_text() }}) = split_part({metric}, '@', 2) then 0 else 1 end,
    told.k desc
    {%- endif %}
    {%- endset %}
    when '{{ family }}' then {{ model_monitor.filled(template, places) }}
    {%- endfor %}
end
{%- endmacro %}
