{#
    Characters that break a line, control a terminal or reverse the direction of text: no message
    contains them. They are literal, because chr() of Spark stops at 255.
#}
{% macro _unprintable() %}
    {{- return(
        '\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u0009\u000a\u000b\u000c\u000d\u000e'
        ~ '\u000f\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c'
        ~ '\u001d\u001e\u001f\u007f\u0080\u0081\u0082\u0083\u0084\u0085\u0086\u0087\u0088\u0089'
        ~ '\u008a\u008b\u008c\u008d\u008e\u008f\u0090\u0091\u0092\u0093\u0094\u0095\u0096\u0097'
        ~ '\u0098\u0099\u009a\u009b\u009c\u009d\u009e\u009f\u061c\u200b\u200e\u200f\u2028\u2029'
        ~ '\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff'
    ) -}}
{% endmacro %}

{# A text on one line. #}
{% macro one_line(value) -%}
    {%- set unprintable = model_monitor._unprintable() -%}
    translate({{ value }}, '{{ unprintable }}', '{{ ' ' * unprintable | length }}')
{%- endmacro %}

{# A value of a log as a message shows it: on one line, at most 80 characters. #}
{% macro shown_text(value) -%}
    {%- set line = model_monitor.one_line(value) -%}
    case when length({{ value }}) > 80 then substr({{ line }}, 1, 79) || '…' else {{ line }} end
{%- endmacro %}

{# A number as text, independent of how an engine prints a double. #}
{% macro shown_number(value, digits=0) -%}
    cast(cast({{ model_monitor.rounded(value, digits) }} as decimal(28, {{ digits }})) as {{ model_monitor.type_text() }})
{%- endmacro %}

{# An amount of at least 0 as text, rounded and with its thousands apart: 812, 31,204, 1,204,550. #}
{% macro shown_count(value) -%}
{%- set whole = model_monitor.rounded(value) -%}
{%- set thousands = model_monitor.shown_number('floor(' ~ whole ~ ' / 1e3)') -%}
{%- set millions = model_monitor.shown_number('floor(' ~ whole ~ ' / 1e6)') -%}
{%- set last = "',' || right(" ~ model_monitor.shown_number(value) ~ ', 3)' -%}
    case
        when {{ whole }} >= 1000000
            then {{ millions }} || ',' || right({{ thousands }}, 3) || {{ last }}
        when {{ whole }} >= 1000 then {{ thousands }} || {{ last }}
        else {{ model_monitor.shown_number(value) }}
    end
{%- endmacro %}

{# A share as a percentage, with a decimal below ten: 0.4%, 38%. #}
{% macro shown_percent(value) -%}
    case when abs({{ value }}) < 0.0995 then {{ model_monitor.shown_number('100 * ' ~ value, 1) }}
        else {{ model_monitor.shown_number('100 * ' ~ value) }} end || '%'
{%- endmacro %}

{% macro shown_change(value) -%}
    case when {{ value }} > 0 then '+' else '' end || {{ model_monitor.shown_number('100 * (' ~ value ~ ')') }} || '%'
{%- endmacro %}

{# A relative change with its direction: up 45%, down 72%. #}
{% macro shown_shift(change) -%}
    case when {{ change }} < 0 then 'down ' else 'up ' end
        || {{ model_monitor.shown_number('100 * abs(' ~ change ~ ')') }} || '%'
{%- endmacro %}

{#
    A change of an amount in percent of the baseline. At ten times the baseline and more a percentage says
    nothing, so both amounts are shown. Null without a baseline.
#}
{% macro shown_growth(value, before) -%}
    {%- set change = '((' ~ value ~ ' - ' ~ before ~ ') / nullif(abs(' ~ before ~ '), 0))' -%}
    case when abs({{ change }}) >= 10
        then 'from ' || {{ model_monitor.shown_measure(before) }} || ' to '
            || {{ model_monitor.shown_measure(value) }}
        else {{ model_monitor.shown_shift(change) }}
    end
{%- endmacro %}

{# A phrase for the change and its size, from an alert's family, metric, subject and numbers. #}
{% macro alert_what() -%}
{%- set share = model_monitor.shown_percent('current_value') -%}
{%- set number = model_monitor.shown_number('current_value') -%}
{%- set growth = '((current_value - baseline_value) / nullif(abs(baseline_value), 0))' -%}
{%- set slice = '(' ~ model_monitor.shown_text('slice_value') ~ ')' -%}
{%- set measured = model_monitor.shown_measure('current_value') -%}
{%- set normal = model_monitor.shown_measure('baseline_value') -%}
{%- set gap_points = model_monitor.shown_number('100 * abs(current_value)', 1)
    ~ " || case when (current_value > 0) = (metric = 'false_positive_gap') then ' points more' else ' points fewer' end" -%}
{%- set outcome = dbt.split_part('log', "'.'", 2) -%}
{#- the first days have no baseline, and some rules need none -#}
{%- set moved = "case when current_value < baseline_value then ' fell to ' when current_value >= baseline_value then ' rose to '"
    ~ " else ' is ' end" -%}
{%- set normally = "coalesce(' (normally ' || " ~ normal ~ " || ')', '')" -%}
{%- set normal_share = "coalesce(' (normally ' || " ~ model_monitor.shown_percent('baseline_value') ~ " || ')', '')" -%}
{%- set phrases = {
    "family = 'drift'": "subject || ' distribution shifted (PSI ' || "
        ~ model_monitor.shown_number('current_value', 2) ~ " || ')'",
    "family = 'tail' and baseline_p95 is not null": "subject || ' p95 ' || case when p95 < baseline_p95 then 'fell to ' else 'rose to ' end || "
        ~ model_monitor.shown_measure('p95') ~ " || ' (normally ' || " ~ model_monitor.shown_measure('baseline_p95') ~ " || ')'",
    "family = 'tail'": "subject || ' p95 ' || " ~ model_monitor.shown_shift('current_value'),
    "metric = 'reference_mismatch_count'": "'reference of ' || log || ' does not match production: ' || "
        ~ number ~ " || ' of ' || " ~ model_monitor.shown_number('sample_size')
        ~ " || ' subjects normally differ from it'",
    "family = 'dataset'": share ~ " || ' of the subjects of ' || log || ' drifted'",
    "metric = 'not_evaluated'": "log || case when current_value >= 2 then ' could not be read' "
        ~ "else ' could be read only in part' end || coalesce(': ' || " ~ model_monitor.one_line('problems') ~ ", '')",
    "baseline = 'cadence'": "case when " ~ model_monitor.is_outcome_log('log')
        ~ " then 'no label of ' || " ~ outcome ~ " || ' has arrived for '"
        ~ " else log || ' has had no new rows for ' end || " ~ model_monitor.shown_hours('current_value')
        ~ " || coalesce(' (normally at most ' || " ~ model_monitor.shown_hours('baseline_value')
        ~ " || ' at this time of day)', '')",
    "family = 'freshness' and " ~ model_monitor.is_outcome_log('log'): "'no label of ' || " ~ outcome
        ~ " || ' has arrived for ' || " ~ number ~ " || ' hours beyond its label window'",
    "family = 'freshness'": "log || ' has had no new rows for ' || " ~ number ~ " || ' hours'",
    "family = 'sla'": "subject || ' ' || metric || ' is ' || " ~ model_monitor.shown_limit('current_value')
        ~ " || case metric when 'min' then ', below' else ', above' end || ' the limit ' || "
        ~ model_monitor.shown_limit('baseline_value') ~ " || case when abs(" ~ growth ~ ") < 10 then ' (' || " ~ model_monitor.shown_change(growth) ~ " || ')' else '' end",
    "family = 'volume'": "case when metric = 'row_count' then log || ' volume' else subject end || ' ' "
        ~ "|| coalesce(" ~ model_monitor.shown_growth('current_value', 'baseline_value') ~ ", 'outside its normal range')",
    "metric = 'roc_auc_error'": "'estimate for ' || subject || ' was wrong: ROC AUC off by ' || " ~ measured,
    "family = 'estimates'": "subject || ' ' || replace(metric, '_', ' ') || ' is expected to fall to ' || " ~ measured
        ~ " || " ~ normally ~ " || ', before labels arrive'",
    "metric = 'selection_disadvantage'": "subject || ' selects ' || " ~ slice ~ " || ' ' || " ~ share
        ~ " || ' less often than the reference group'",
    "metric = 'opportunity_gap'": "subject || ' finds ' || " ~ model_monitor.shown_number('100 * current_value', 1)
        ~ " || ' points fewer of the positives of ' || " ~ slice ~ " || ' than of the reference group'",
    "metric = 'false_positive_gap'": "subject || ' wrongly selects ' || "
        ~ gap_points ~ " || ' of the negatives of ' || " ~ slice ~ " || ' than of the reference group'",
    "metric = 'predictive_gap'": "'of the rows of ' || " ~ slice ~ " || ' that ' || subject || ' selects, ' || "
        ~ gap_points ~ " || ' are positive than in the reference group'",
    "metric = 'feedback_loop_index'": "subject || ' exposure more concentrated: Gini up ' || "
        ~ model_monitor.shown_number('current_value', 2) ~ " || ' in a week'",
    "metric = 'uncovered_share'": "subject || ' coverage: ' || " ~ share ~ " || ' of those shown in the last four weeks were not shown this week'",
    "family = 'concentration'": "subject || ' exposure concentrated: ' || "
        ~ "replace(metric, '_', ' ') || ' ' || " ~ measured ~ " || " ~ normally,
    "subject = 'duplicate_share' and family = 'metrics'": "'repeated ids in ' || " ~ share ~ " || ' of rows'",
    "family = 'plugin'": "subject || ' ' || metric || " ~ moved ~ " || " ~ measured ~ " || " ~ normally,
    "family = 'metrics' and rule_id like '%.target'": "subject || ' is ' || " ~ model_monitor.shown_ratio('current_value')
        ~ " || ', worse than its target ' || " ~ model_monitor.shown_ratio('threshold'),
    "family = 'metrics'": "subject || " ~ moved ~ " || " ~ model_monitor.shown_ratio('current_value'),
    "family = 'concept'": "'relationship between ' || subject || ' and ' || " ~ outcome ~ " || ' changed: '"
        ~ " || " ~ outcome ~ " || ' differs by ' || " ~ share ~ " || ' at equal values of ' || subject",
    "family = 'ranking'": "case when subject = '(served)' then 'served ranking' else 'ranking by ' || subject end"
        ~ " || ': ' || replace(metric, '_', ' ') || " ~ moved ~ " || " ~ measured ~ " || " ~ normally,
    "family = 'proxies'": "case metric when 'correlation' then 'correlation of ' || subject || ' with its proxy is ' || " ~ measured
        ~ " || " ~ normally ~ " else subject || ' follows its proxy in ' || " ~ share
        ~ " || ' of rows' || " ~ normal_share ~ " end",
    "family = 'worth'": "case metric when 'gain_share' then 'share of the possible gain that decisions by ' || subject || ' reach'"
        ~ " when 'roi' then 'return on cost of decisions by ' || subject"
        ~ " else 'value per decision by ' || subject end || case metric when 'value_per_decision' then ' is ' || " ~ measured
        ~ " when 'gain_share' then " ~ moved ~ " || " ~ share ~ " else " ~ moved ~ " || " ~ measured ~ " end || case metric"
        ~ " when 'gain_share' then " ~ normal_share ~ " else " ~ normally ~ " end",
    "family = 'performance'": "subject || ' ' || replace(metric, '_', ' ') || " ~ moved ~ " || " ~ measured
        ~ " || coalesce(case baseline when 'training' then ' (in training ' when 'champion' then ' (the champion '"
        ~ " when 'control' then ' (control only '"
        ~ " when 'first_weeks' then ' (in its first weeks ' when 'history' then ' (normally '"
        ~ " else ' (a week before ' end || " ~ normal ~ " || ')', '')",
    "metric = 'calibration_ratio'": "subject || ' calibration: outcome occurs ' || " ~ model_monitor.shown_number('current_value', 2)
        ~ " || ' × as often as predicted' || coalesce(' (normally ' || "
        ~ model_monitor.shown_number('baseline_value', 2) ~ " || ')', '')",
    "metric = 'ece_debiased'": "subject || ' calibration error ' || "
        ~ model_monitor.shown_percent('current_value') ~ " || ' (ECE)'",
    "metric = 'unlabelled_share'": "subject || ' label missing in ' || " ~ share
        ~ " || ' of predictions past their label window' || " ~ normal_share,
    "metric = 'mean_value'": "subject || ' averages ' || " ~ measured ~ " || " ~ normally,
    "metric = 'mean_outcome'": "subject || ' rate ' || " ~ share ~ " || " ~ normal_share,
} -%}
case
    {%- for condition, phrase in phrases.items() %}
    when {{ condition }} then {{ phrase }}
    {%- endfor %}
    else subject || ' ' || case metric
        {%- for row in model_monitor.metric_registry() if row.phrase %}
        when '{{ row.metric }}' then '{{ row.phrase }} '
        {%- endfor %}
    end || {{ share }} || ' of rows'
end
|| case
    when family in ('quality', 'metrics') and baseline_value is not null
        then ' (normally ' || case family
            when 'quality' then {{ model_monitor.shown_percent('baseline_value') }}
            else {{ model_monitor.shown_ratio('baseline_value') }}
        end || case
            when baseline <> 'seasonal' then ')'
            when window_name = 'hour' then ' at this hour of the week)'
            else ' on this weekday)'
        end
    else ''
end
|| case
    when error_budget is not null
        then ': error budget of ' || {{ model_monitor.shown_number('100 * error_budget', 2) }}
            || '% burns ' || {{ model_monitor.shown_number('current_value / error_budget', 1) }}
            || ' × as fast as allowed (over ' || window_name || ' and ' || short_window || ')'
    else ''
end
{%- endmacro %}

{# A percentage where both the ratio and its baseline can be a share, such as an error rate; else an amount. #}
{% macro shown_ratio(value) -%}
    case when greatest(abs(current_value), abs(coalesce(baseline_value, 0))) <= 1
        then {{ model_monitor.shown_percent(value) }}
        else {{ model_monitor.shown_measure(value) }} end
{%- endmacro %}

{#
    A measure of performance: three digits below a hundred, a whole number above, and six digits
    where three would show 0.
#}
{% macro shown_measure(value) -%}
    case when abs({{ value }}) < 0.001 and {{ value }} <> 0 then {{ model_monitor.shown_number(value, 6) }}
        when abs({{ value }}) < 100 then {{ model_monitor.shown_number(value, 3) }}
        else {{ model_monitor.shown_number(value) }} end
{%- endmacro %}

{#
    The value of an alert, or its normal value, with its unit. Null where no normal value of the same
    unit exists: a distance such as the PSI, a limit, the training data.
#}
{% macro shown_level(value) -%}
    case
        when current_value is null or baseline_value is null
            or baseline in ('limit', 'training', 'champion', 'control') then null
        when family = 'quality'
            or metric in ('mean_outcome', 'unlabelled_share', 'gain_share')
            or (family = 'proxies' and metric <> 'correlation')
            then {{ model_monitor.shown_percent(value) }}
        when family = 'metrics' then {{ model_monitor.shown_ratio(value) }}
        when metric = 'row_count' then {{ model_monitor.shown_number(value) }} || ' rows'
        when metric = 'hours_behind' then {{ model_monitor.shown_hours(value) }}
        when metric = 'calibration_ratio'
            then {{ model_monitor.shown_number(value, 2) }} || ' × as predicted'
        when family in ('volume', 'plugin', 'performance', 'ranking', 'proxies', 'worth', 'labels')
            or (family = 'estimates' and metric <> 'roc_auc_error')
            or (family = 'concentration' and metric not in ('feedback_loop_index', 'uncovered_share'))
            then {{ model_monitor.shown_measure(value) }}
    end
{%- endmacro %}

{# A time in hours; below two hours in minutes. #}
{% macro shown_hours(value) -%}
    case when {{ value }} < 1.99 then {{ model_monitor.shown_number('60 * ' ~ value) }} || ' minutes'
        else {{ model_monitor.shown_number(value) }} || ' hours' end
{%- endmacro %}

{# A limit: a rate in percent, a number with three digits below a hundred. #}
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

{#
    The texts of the first places of each group as one text: first, second, third. `place` numbers
    the rows of a group.
#}
{% macro first_texts(text, count=3, separator='; ') -%}
max(case when place = 1 then {{ text }} end)
    {%- for place in range(2, count + 1) %}
        || coalesce('{{ separator }}' || max(case when place = {{ place }} then {{ text }} end), '')
    {%- endfor %}
{%- endmacro %}
