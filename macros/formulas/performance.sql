{#
    Measures of a score against its outcome, as expressions over counts and sums: tp, fp, fn, tn are true
    and false positives and negatives, n the rows that have both. See docs/statistics/performance.md.
#}

{% macro precision(tp, fp) -%}
    {{ model_monitor.safe_divide(tp, '(' ~ tp ~ ' + ' ~ fp ~ ')') }}
{%- endmacro %}

{% macro recall(tp, fn) -%}
    {{ model_monitor.safe_divide(tp, '(' ~ tp ~ ' + ' ~ fn ~ ')') }}
{%- endmacro %}

{# 0 where nothing is found of what there is, null where there is nothing to find. #}
{% macro f1(tp, fp, fn) -%}
    {{ model_monitor.safe_divide('2 * ' ~ tp, '(2 * ' ~ tp ~ ' + ' ~ fp ~ ' + ' ~ fn ~ ')') }}
{%- endmacro %}

{# Matthews: null where a row or a column of the table is empty. #}
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

{# Σ(p − y)² out of the sums of products, in squares of the fixed point's unit. #}
{% macro squared_error(sum_yy, sum_pp, sum_py) -%}
    greatest(({{ sum_pp }} - 2 * {{ sum_py }} + {{ sum_yy }}), 0)
{%- endmacro %}

{# Σ(y − mean)²; what is only the rounding of Σy² is none. #}
{% macro squares_about_mean(sum_yy, sum_y, n) -%}
    {%- set squares = model_monitor.from_fixed_point(sum_yy, 2) -%}
    {%- set y = model_monitor.from_fixed_point(sum_y) -%}
    case
        when {{ squares }} - {{ y }} * {{ y }} / {{ n }} > 1e-12 * {{ squares }}
            then {{ squares }} - {{ y }} * {{ y }} / {{ n }}
        when {{ squares }} is not null then 0e0
    end
{%- endmacro %}

{#
    Hanley and McNeil (1982): the standard error of an area under the curve, from the area and the
    number of positives and negatives.
#}
{% macro auc_standard_error(auc, positives, negatives) -%}
    {%- set q1 = '(' ~ auc ~ ' / (2e0 - ' ~ auc ~ '))' -%}
    {%- set q2 = '(2e0 * ' ~ auc ~ ' * ' ~ auc ~ ' / (1e0 + ' ~ auc ~ '))' -%}
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
