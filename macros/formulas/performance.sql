{#
    Measures of a score against its outcome, as expressions over counts and sums: tp, fp, fn, tn are true
    and false positives and negatives, n the rows that have both. See docs/understand/performance.md.
#}

{% macro precision(tp, fp) -%}
    {{ model_monitor.safe_divide(tp, '(' ~ tp ~ ' + ' ~ fp ~ ')') }}
{%- endmacro %}

{% macro recall(tp, fn) -%}
    {{ model_monitor.safe_divide(tp, '(' ~ tp ~ ' + ' ~ fn ~ ')') }}
{%- endmacro %}

{# 0 where no positive is found, null where there is none to find. #}
{% macro f1(tp, fp, fn) -%}
    {{ model_monitor.safe_divide('2 * ' ~ tp, '(2 * ' ~ tp ~ ' + ' ~ fp ~ ' + ' ~ fn ~ ')') }}
{%- endmacro %}

{# Matthews correlation: null where a row or a column of the table is empty. #}
{% macro mcc(tp, fp, fn, tn) -%}
    {%- set tp = model_monitor._as_double(tp) -%}
    {%- set tn = model_monitor._as_double(tn) -%}
    case
        when {{ tp }} + {{ fp }} > 0 and {{ tp }} + {{ fn }} > 0
            and {{ tn }} + {{ fp }} > 0 and {{ tn }} + {{ fn }} > 0 then
            ({{ tp }} * {{ tn }} - {{ fp }} * {{ model_monitor._as_double(fn) }})
            / sqrt(
                ({{ tp }} + {{ fp }}) * ({{ tp }} + {{ fn }})
                * ({{ tn }} + {{ fp }}) * ({{ tn }} + {{ fn }})
            )
    end
{%- endmacro %}

{# Precision relative to the rate of positives among all rows. #}
{% macro lift(tp, fp, fn, tn) -%}
    {%- set tp = model_monitor._as_double(tp) -%}
    {{ tp }} * ({{ tp }} + {{ fp }} + {{ fn }} + {{ tn }})
        / nullif(({{ tp }} + {{ fp }}) * ({{ tp }} + {{ fn }}), 0)
{%- endmacro %}

{# Σ(p − y)² from the sums of products, in squares of the fixed-point unit. #}
{% macro squared_error(sum_yy, sum_pp, sum_py) -%}
    greatest(({{ sum_pp }} - 2 * {{ sum_py }} + {{ sum_yy }}), 0)
{%- endmacro %}

{# Σ(y − mean)²; a value within the rounding error of Σy² counts as 0. #}
{% macro squares_about_mean(sum_yy, sum_yy_high, sum_y, n) -%}
    {%- set squares = model_monitor.from_fixed_point(sum_yy, 2, sum_yy_high) -%}
    {%- set y = model_monitor.from_fixed_point(sum_y) -%}
    case
        when {{ squares }} - {{ y }} * {{ y }} / {{ n }} > 1e-12 * {{ squares }}
            then {{ squares }} - {{ y }} * {{ y }} / {{ n }}
        when {{ squares }} is not null then 0e0
    end
{%- endmacro %}

{#
    Hanley and McNeil (1982): the standard error of the area under the ROC curve, from the area and
    the number of positives and negatives.
#}
{% macro auc_standard_error(auc, positives, negatives) -%}
    {%- set q1, q2 = model_monitor._auc_of_pairs(auc) -%}
    case when {{ positives }} > 0 and {{ negatives }} > 0 then
        sqrt(greatest(
            ({{ auc }} * (1e0 - {{ auc }})
                + ({{ positives }} - 1) * ({{ q1 }} - {{ auc }} * {{ auc }})
                + ({{ negatives }} - 1) * ({{ q2 }} - {{ auc }} * {{ auc }}))
            / ({{ model_monitor._as_double(positives) }} * {{ negatives }}),
            0e0
        ))
    end
{%- endmacro %}

{# Its variance where positives and negatives are many and as many, times the number of either. #}
{% macro auc_spread(auc) -%}
    {%- set q1, q2 = model_monitor._auc_of_pairs(auc) -%}
    ({{ q1 }} + {{ q2 }} - 2e0 * {{ auc }} * {{ auc }})
{%- endmacro %}

{#- How likely two positives rank above one negative, and one positive above two negatives. -#}
{% macro _auc_of_pairs(auc) -%}
    {{- return([
        '(' ~ auc ~ ' / (2e0 - ' ~ auc ~ '))',
        '(2e0 * ' ~ auc ~ ' * ' ~ auc ~ ' / (1e0 + ' ~ auc ~ '))',
    ]) -}}
{%- endmacro %}

{# How many deviations are no chance: one value in a thousand of all rows, of slices in 100,000. #}
{% macro deviations_of_chance(rows) -%}
    case when {{ rows }}.slice_name = '(all)' then 3.09e0 else 4.26e0 end
{%- endmacro %}

{#
    The standard error of a share of n independent rows, pulled to the middle (Agresti and Coull, at
    3.09 deviations): 0 of 12 does not prove a rate of 0.
#}
{% macro share_error(share, n) -%}
    {%- set pulled = '((' ~ share ~ ' * ' ~ n ~ ' + 4.77) / (' ~ n ~ ' + 9.55))' -%}
    sqrt({{ pulled }} * (1 - {{ pulled }}) / ({{ n }} + 9.55))
{%- endmacro %}

{#
    Whether a row of monitor_performance has 30 positive and 30 negative labels, or another number:
    fewer are no evidence. Always true for rows over all classes and for regressions.
#}
{% macro has_both_answers(performance, least=30) -%}
(
    {{ performance }}.class in ('(all)', '(micro)', '(macro)')
    or (
        round({{ performance }}.prevalence * {{ performance }}.labelled_count) >= {{ least }}
        and round((1 - {{ performance }}.prevalence) * {{ performance }}.labelled_count) >= {{ least }}
    )
)
{%- endmacro %}

{# The standard error of F1: the number of true positives is nearly Poisson distributed. #}
{% macro f1_error(found, positives, said) -%}
    2 * sqrt({{ found }} + 2.0) / nullif({{ positives }} + {{ said }}, 0)
{%- endmacro %}

{# The standard error of a mean absolute error, from the spread of the errors of n rows. #}
{% macro mae_error(mae, rmse, n) -%}
    sqrt(greatest({{ rmse }} * {{ rmse }} - {{ mae }} * {{ mae }}, 0e0) / {{ n }})
{%- endmacro %}

{#
    The standard error of a measure over independent rows, from a row of monitor_performance; null
    where its sums do not determine it (losses): such a measure is only compared with its own
    history. A slice may hide its counts; they follow from its shares as well as an error needs them.
#}
{% macro performance_error(metric) -%}
{%- set n = 'nullif(performance.labelled_count, 0)' -%}
{%- set positives = 'coalesce(performance.true_positives + performance.false_negatives, '
    ~ 'performance.prevalence * performance.labelled_count)' -%}
{%- set negatives = 'coalesce(performance.true_negatives + performance.false_positives, '
    ~ '(1 - performance.prevalence) * performance.labelled_count)' -%}
{%- set found = 'coalesce(performance.true_positives, performance.recall * ' ~ positives ~ ')' -%}
{%- set said = 'coalesce(performance.true_positives + performance.false_positives, '
    ~ found ~ ' / nullif(performance.precision, 0))' -%}
case {{ metric }}
            when 'roc_auc' then {{ model_monitor.auc_standard_error(
                'performance.roc_auc',
                'performance.prevalence * performance.labelled_count',
                '(1 - performance.prevalence) * performance.labelled_count'
            ) }}
            {%- for name, rows in {
                'accuracy': 'coalesce(' ~ positives ~ ' + ' ~ negatives ~ ', ' ~ n ~ ')',
                'precision': said,
                'recall': positives,
                'specificity': negatives,
                'pr_auc': '(performance.prevalence * performance.labelled_count)',
            }.items() %}
            when '{{ name }}' then {{ model_monitor.share_error('performance.' ~ name, rows) }}
            {%- endfor %}
            when 'f1' then {{ model_monitor.f1_error(found, positives, said) }}
            when 'balanced_accuracy' then sqrt(
                {{ model_monitor.share_error('performance.recall', positives) }}
                * {{ model_monitor.share_error('performance.recall', positives) }}
                + {{ model_monitor.share_error('performance.specificity', negatives) }}
                * {{ model_monitor.share_error('performance.specificity', negatives) }}
            ) / 2
            when 'mae' then {{ model_monitor.mae_error('performance.mae', 'performance.rmse', n) }}
            when 'rmse' then performance.rmse / sqrt({{ model_monitor._as_double(n) }})
            when 'bias' then sqrt(greatest(
                performance.rmse * performance.rmse - performance.bias * performance.bias, 0e0
            ) / {{ model_monitor._as_double(n) }})
        end
{%- endmacro %}

{#
    The change that chance alone exceeds once in a thousand; in slices, of which there are hundreds,
    once in a hundred thousand. The history of a measure shows how much its rows depend on each
    other. Where there is no history (baseline `training`, the calibration error), the dispersion of
    the log's subjects replaces it. The baseline has its own error: for a champion with few rows it
    is the larger part; if it is unknown, the same error is assumed. The debiased calibration error
    is above 0 by chance; its square minus the part due to chance has a known spread.
#}
{% macro outcome_noise(dispersion, baseline) -%}
{%- set deviations = model_monitor.deviations_of_chance('measured') | trim -%}
case
            when measured.metric = 'ece_debiased' then sqrt(greatest(0e0,
                ({{ dispersion }} - 1) * measured.ece_noise_mean
                + {{ deviations }} * {{ dispersion }} * measured.ece_noise_spread
            ))
            else coalesce(
                {{ deviations }} * case {{ baseline }}
                    when 'history' then measured.standard_error
                    when 'training' then measured.standard_error * sqrt({{ dispersion }})
                    else sqrt({{ dispersion }} * (
                        power(measured.standard_error, 2)
                        + power(coalesce(
                            measured.baseline_error,
                            -- the baseline of four weeks has half the error of one week
                            measured.standard_error
                            * case {{ baseline }} when 'first_weeks' then 0.5e0 else 1e0 end
                        ), 2)
                    ))
                end,
                0e0
            )
        end
{%- endmacro %}
