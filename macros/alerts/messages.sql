{#
    What would break a line, steer a terminal or turn the order of letters: no message has it. As
    characters, since chr() of Spark knows no more than 255.
#}
{% macro _unprintable() %}
    {%- set found = [] -%}
    {%- for number in range(1, 32) -%}{%- do found.append('%c' % number) -%}{%- endfor -%}
    {%- for number in range(127, 160) -%}{%- do found.append('%c' % number) -%}{%- endfor -%}
    {{- return((found | join)
        ~ '\u061c\u200b\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e'
        ~ '\u2066\u2067\u2068\u2069\ufeff') -}}
{% endmacro %}

{# A text on one line. #}
{% macro one_line(value) -%}
    {%- set unprintable = model_monitor._unprintable() -%}
    translate({{ value }}, '{{ unprintable }}', '{{ ' ' * unprintable | length }}')
{%- endmacro %}

{# A value of a log as a message has it: on one line, at most 80 characters. #}
{% macro shown_text(value) -%}
    {%- set line = model_monitor.one_line(value) -%}
    case when length({{ value }}) > 80 then substr({{ line }}, 1, 79) || '…' else {{ line }} end
{%- endmacro %}

{# A number as text: no engine's own idea of how many digits a double has. #}
{% macro shown_number(value, digits=0) -%}
    cast(cast({{ model_monitor.rounded(value, digits) }} as decimal(28, {{ digits }})) as {{ model_monitor.type_text() }})
{%- endmacro %}

{# A share as a percentage, with a decimal below ten: 0.4%, 38%. #}
{% macro shown_percent(value) -%}
    case when abs({{ value }}) < 0.0995 then {{ model_monitor.shown_number('100 * ' ~ value, 1) }}
        else {{ model_monitor.shown_number('100 * ' ~ value) }} end || '%'
{%- endmacro %}

{% macro shown_change(value) -%}
    case when {{ value }} > 0 then '+' else '' end || {{ model_monitor.shown_number('100 * (' ~ value ~ ')') }} || '%'
{%- endmacro %}

{#
    A change of an amount: relative to what it was, or, where it is ten times that and more, from what to
    what, for then what it was is next to nothing. Null where it is unknown what it was.
#}
{% macro shown_growth(value, before) -%}
    {%- set change = '((' ~ value ~ ' - ' ~ before ~ ') / nullif(abs(' ~ before ~ '), 0))' -%}
    case when abs({{ change }}) >= 10
        then 'from ' || {{ model_monitor.shown_measure(before) }} || ' to '
            || {{ model_monitor.shown_measure(value) }}
        else {{ model_monitor.shown_change(change) }} || ' of what is usual'
    end
{%- endmacro %}

{# What a share of the rows is a share of, by metric. #}
{% macro quality_words() %}
    {{ return({
        'missing_rate': 'missing in',
        'unseen_share': 'unseen categories in',
        'invalid_rate': 'invalid in',
        'out_of_range_rate': 'out of range in',
        'stale_rate': 'stale in',
        'zero_rate': 'zero in',
        'top_share': 'one value in',
        'at_min_share': 'piled up at its minimum in',
        'at_max_share': 'piled up at its maximum in',
        'extreme_share': 'nearly 0 or nearly 1 in',
    }) }}
{% endmacro %}

{# What has happened, in words, out of an alert's family, metric, subject and numbers. #}
{% macro alert_what() -%}
{%- set share = model_monitor.shown_percent('current_value') -%}
{%- set number = model_monitor.shown_number('current_value') -%}
{%- set growth = '((current_value - baseline_value) / nullif(abs(baseline_value), 0))' -%}
{%- set slice = '(' ~ model_monitor.shown_text('slice_value') ~ ')' -%}
{%- set measured = model_monitor.shown_measure('current_value') -%}
{%- set usual = model_monitor.shown_measure('baseline_value') -%}
{%- set gap_points = model_monitor.shown_number('100 * abs(current_value)', 1)
    ~ " || case when (current_value > 0) = (metric = 'false_positive_gap') then ' points more' else ' points less' end" -%}
{%- set outcome = dbt.split_part('log', "'.'", 2) -%}
{#- a rule may ask for no past, and there is none in the first days -#}
{%- set moved = "case when current_value < baseline_value then ' fell to ' when current_value >= baseline_value then ' rose to '"
    ~ " else ' is ' end" -%}
{%- set usually = "coalesce(' (usually ' || " ~ usual ~ " || ')', '')" -%}
{%- set usual_share = "coalesce(' (usually ' || " ~ model_monitor.shown_percent('baseline_value') ~ " || ')', '')" -%}
{%- set phrases = {
    "family = 'drift'": "subject || ' distribution shifted (PSI ' || "
        ~ model_monitor.shown_number('current_value', 2) ~ " || ')'",
    "family = 'tail' and baseline_p95 is not null": "subject || ' p95 shifted from ' || "
        ~ model_monitor.shown_measure('baseline_p95') ~ " || ' to ' || " ~ model_monitor.shown_measure('p95'),
    "family = 'tail'": "subject || ' p95 shifted ' || " ~ model_monitor.shown_change('current_value'),
    "metric = 'reference_mismatch_count'": "'reference of ' || log || ' does not describe production: ' || "
        ~ number ~ " || ' of ' || " ~ model_monitor.shown_number('sample_size')
        ~ " || ' subjects are usually far from it'",
    "family = 'dataset'": share ~ " || ' of the subjects of ' || log || ' drifted'",
    "metric = 'not_evaluated'": "log || case when current_value >= 2 then ' cannot be read' "
        ~ "else ' is read in part' end || coalesce(': ' || " ~ model_monitor.one_line('problems') ~ ", '')",
    "family = 'freshness' and " ~ model_monitor.is_outcome_log('log'): "'no label of ' || " ~ outcome
        ~ " || ' has come for ' || " ~ number ~ " || ' hours more than it takes to mature'",
    "family = 'freshness'": "log || ' has had no new rows for ' || " ~ number ~ " || ' hours'",
    "family = 'sla'": "subject || ' ' || metric || ' is ' || " ~ model_monitor.shown_limit('current_value')
        ~ " || case metric when 'min' then ', below' else ', above' end || ' the limit ' || "
        ~ model_monitor.shown_limit('baseline_value') ~ " || case when abs(" ~ growth ~ ") < 10 then ' (' || " ~ model_monitor.shown_change(growth) ~ " || ')' else '' end",
    "family = 'volume'": "case when metric = 'row_count' then log || ' volume' else subject end || ' ' "
        ~ "|| coalesce(" ~ model_monitor.shown_growth('current_value', 'baseline_value') ~ ", 'unusual')",
    "metric = 'roc_auc_error'": "'what was expected of ' || subject || ' was wrong: ROC AUC off by ' || " ~ measured,
    "family = 'estimates'": "subject || ' ' || replace(metric, '_', ' ') || ' is expected to fall to ' || " ~ measured
        ~ " || " ~ usually ~ " || ', before labels are there'",
    "metric = 'selection_disadvantage'": "subject || ' selects ' || " ~ slice ~ " || ' ' || " ~ share
        ~ " || ' less often than the reference group'",
    "metric = 'opportunity_gap'": "subject || ' finds ' || " ~ model_monitor.shown_number('100 * current_value', 1)
        ~ " || ' points less of the positives of ' || " ~ slice ~ " || ' than of the reference group'",
    "metric = 'false_positive_gap'": "subject || ' wrongly selects ' || "
        ~ gap_points ~ " || ' of the negatives of ' || " ~ slice ~ " || ' than of the reference group'",
    "metric = 'predictive_gap'": "'of those of ' || " ~ slice ~ " || ' that ' || subject || ' selects ' || "
        ~ gap_points ~ " || ' are positive than of the reference group'",
    "metric = 'feedback_loop_index'": "'exposure of ' || subject || ' became ' || "
        ~ model_monitor.shown_number('current_value', 2) ~ " || ' more concentrated within a week (gini)'",
    "metric = 'uncovered_share'": share ~ " || ' of what was shown of ' || subject || ' in four weeks was not'",
    "family = 'concentration'": "'exposure of ' || subject || ' is concentrated: ' || "
        ~ "replace(metric, '_', ' ') || ' ' || " ~ measured ~ " || " ~ usually,
    "family = 'metrics'": "subject || " ~ moved ~ " || " ~ model_monitor.shown_ratio('current_value'),
    "family = 'concept'": "subject || ' says something else of ' || " ~ outcome ~ " || ' than a week before: '"
        ~ " || 'at the same values it came about ' || " ~ share ~ " || ' more or less often'",
    "family = 'ranking'": "case when subject = '(served)' then 'lists as they are served' else 'lists by ' || subject end"
        ~ " || ': ' || replace(metric, '_', ' ') || " ~ moved ~ " || " ~ measured ~ " || " ~ usually,
    "family = 'proxies'": "case metric when 'correlation' then 'its proxy goes with ' || subject || ' by ' || " ~ measured
        ~ " || ' (r' || coalesce('; usually ' || " ~ usual ~ ", '') || ')' else subject || ' follows its proxy in ' || " ~ share
        ~ " || " ~ usual_share ~ " end",
    "family = 'worth'": "case metric when 'gain_share' then 'what decisions by ' || subject || ' gain of what could be gained'"
        ~ " when 'roi' then 'what decisions by ' || subject || ' earn beyond their cost, by that cost,'"
        ~ " else 'a decision by ' || subject end || case metric when 'value_per_decision' then ' is worth ' || " ~ measured
        ~ " when 'gain_share' then " ~ moved ~ " || " ~ share ~ " else " ~ moved ~ " || " ~ measured ~ " end || case metric"
        ~ " when 'gain_share' then " ~ usual_share ~ " else " ~ usually ~ " end",
    "family = 'performance'": "subject || ' ' || replace(metric, '_', ' ') || " ~ moved ~ " || " ~ measured
        ~ " || coalesce(case baseline when 'training' then ' (in training ' when 'champion' then ' (the champion '"
        ~ " when 'control' then ' (without treatment '"
        ~ " when 'first_weeks' then ' (in its first weeks ' when 'history' then ' (usually '"
        ~ " else ' (a week before ' end || " ~ usual ~ " || ')', '')",
    "metric = 'calibration_ratio'": "subject || ' came true ' || " ~ model_monitor.shown_number('current_value', 2)
        ~ " || ' times as often as predicted' || coalesce(' (usually ' || "
        ~ model_monitor.shown_number('baseline_value', 2) ~ " || ')', '')",
    "metric = 'ece_debiased'": "subject || ' is off by ' || "
        ~ model_monitor.shown_percent('current_value') ~ " || ' of what it predicts (ECE)'",
    "metric = 'unlabelled_share'": "subject || ' has no label in ' || " ~ share
        ~ " || ' of the matured predictions' || " ~ usual_share,
    "metric = 'mean_value'": "subject || ' is on average ' || " ~ measured ~ " || " ~ usually,
    "metric = 'mean_outcome'": "subject || ' came about in ' || " ~ share
        ~ " || ' of the predictions' || " ~ usual_share,
} -%}
case
    {%- for condition, phrase in phrases.items() %}
    when {{ condition }} then {{ phrase }}
    {%- endfor %}
    else subject || ' ' || case metric
        {%- for metric, words in model_monitor.quality_words().items() %}
        when '{{ metric }}' then '{{ words }} '
        {%- endfor %}
    end || {{ share }} || ' of the rows'
end
|| case
    when family in ('quality', 'metrics') and baseline_value is not null
        then case
            when baseline <> 'seasonal' then ', usually '
            when window_name = 'hour' then ', at this hour of the week usually '
            else ', on this weekday usually '
        end || case family
            when 'quality' then {{ model_monitor.shown_percent('baseline_value') }}
            else {{ model_monitor.shown_ratio('baseline_value') }}
        end
    else ''
end
|| case
    when error_budget is not null
        then ': burns its budget of ' || {{ model_monitor.shown_number('100 * error_budget', 2) }}
            || '% ' || {{ model_monitor.shown_number('current_value / error_budget', 1) }}
            || ' times as fast as it may (over ' || window_name || ' and ' || short_window || ')'
    else ''
end
{%- endmacro %}

{# A ratio: a share where both it and the usual may be one, as an error rate; else an amount, as revenue per request. #}
{% macro shown_ratio(value) -%}
    case when greatest(abs(current_value), abs(coalesce(baseline_value, 0))) <= 1
        then {{ model_monitor.shown_percent(value) }}
        else {{ model_monitor.shown_measure(value) }} end
{%- endmacro %}

{#
    A measure of performance: three digits of what lies about 1, a whole number of large errors, six digits
    of what three would call 0.
#}
{% macro shown_measure(value) -%}
    case when abs({{ value }}) < 0.001 and {{ value }} <> 0 then {{ model_monitor.shown_number(value, 6) }}
        when abs({{ value }}) < 100 then {{ model_monitor.shown_number(value, 3) }}
        else {{ model_monitor.shown_number(value) }} end
{%- endmacro %}

{# What is agreed on: a rate in percent, a number with three digits below a hundred. #}
{% macro shown_limit(value) -%}
    case when metric = 'rate' then {{ model_monitor.shown_percent(value) }}
        when {{ value }} = floor({{ value }}) then {{ model_monitor.shown_number(value) }}
        else {{ model_monitor.shown_measure(value) }} end
{%- endmacro %}

{# A moment, to the minute; a day alone where no hour is known. #}
{% macro shown_time(value) -%}
    substr(cast(cast({{ value }} as date) as {{ model_monitor.type_text() }}), 1, 10)
    || case
        when {{ value }} = date_trunc('day', {{ value }}) then ''
        else ' ' || lpad(cast(extract(hour from {{ value }}) as {{ model_monitor.type_text() }}), 2, '0')
            || ':' || lpad(cast(extract(minute from {{ value }}) as {{ model_monitor.type_text() }}), 2, '0')
    end
{%- endmacro %}
