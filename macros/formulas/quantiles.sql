{#
    Quantiles from bins. Each macro reads one row per occupied bin, with these columns: lower_end,
    upper_end (the bin, narrowed to the observed values), rows_before and rows_through (valid rows
    below the bin, and including it) and valid_count (all valid rows). Levels are whole percents, so
    integers decide where a quantile falls, the same on every engine.
#}

{# The percents that profiles publish, as p01 … p99. #}
{% macro quantile_levels() %}
    {{ return([1, 5, 25, 50, 75, 95, 99]) }}
{% endmacro %}

{#
    Is the quantile in this bin? The quantile is in the first bin that reaches the level's share of
    the rows.
#}
{% macro holds_quantile(level) -%}
    (rows_before * 100 < {{ level }} * valid_count and rows_through * 100 >= {{ level }} * valid_count)
{%- endmacro %}

{# Does the bin hold any of these quantiles? #}
{% macro holds_any_quantile(levels) -%}
    (
        {%- for level in levels %}
        {{ 'or ' if not loop.first }}{{ model_monitor.holds_quantile(level) }}
        {%- endfor %}
    )
{%- endmacro %}

{# The position of the quantile within its bin, 0 … 1. #}
{% macro _quantile_depth(level) -%}
    ({{ model_monitor._as_double(level ~ ' * valid_count - 100 * rows_before') }}
        / (100 * (rows_through - rows_before)))
{%- endmacro %}

{# The quantile, as an aggregate: linear within its bin, exact in a point bin, null without rows. #}
{% macro quantile(level) -%}
    max(case
        when not {{ model_monitor.holds_quantile(level) }} then null
        when lower_end = upper_end then upper_end
        else
            {{ model_monitor._part_of_end('lower_end', '(1 - ' ~ model_monitor._quantile_depth(level) ~ ')') }}
            + {{ model_monitor._part_of_end('upper_end', model_monitor._quantile_depth(level)) }}
    end)
{%- endmacro %}

{#
    The standard deviation of a sample quantile, times the root of its row count: sqrt(q (1 - q))
    over the density there. The published quantiles give the density: the mean of the slopes on
    either side of it; at either end, two and a half times the last slope, because a tail grows
    steeper.
#}
{% macro quantile_deviation(level, profile) -%}
    {%- set levels = model_monitor.quantile_levels() -%}
    {%- set place = levels.index(level) -%}
    {%- set steps = [] -%}
    {%- for from, to in [[place - 1, place], [place, place + 1]] if from >= 0 and to < levels | length -%}
        {%- do steps.append(
            '(' ~ profile ~ '.p' ~ '%02d' % levels[to] ~ ' - ' ~ profile ~ '.p' ~ '%02d' % levels[from] ~ ')'
            ~ ' / ' ~ (levels[to] - levels[from]) / 100
        ) -%}
    {%- endfor -%}
    sqrt({{ level * (100 - level) / 10000 }}) * {{ 0.5 if steps | length == 2 else 2.5 }}
    * ({{ steps | join(' + ') }})
{%- endmacro %}

{#
    The bin below a point at 0 ends at the double below 0. Some engines refuse to round a part of it
    to 0.
#}
{% macro _part_of_end(end, part) -%}
    case when abs({{ end }}) < 1e-290 then 0 else {{ end }} * {{ part }} end
{%- endmacro %}


{# ---- numbers as text, for the labels of bins ---- #}

{% macro number_text(value) -%}
    case
        when {{ value }} = floor({{ value }}) and abs({{ value }}) < 1e18
            then cast(cast({{ value }} as bigint) as {{ model_monitor.type_text() }})
        else {{ model_monitor.double_text(value) }}
    end
{%- endmacro %}

{# Six significant digits as an integer over a power of ten: one rounding, so no 0.30000000000000004. #}
{% macro number_label(value) -%}
    {%- set ten = model_monitor._as_double('10') -%}
    {%- set shift = 'power(' ~ ten ~ ', 5 - floor(log10(abs(' ~ value ~ '))))' -%}
    {%- set rounded = '(' ~ model_monitor.rounded(value ~ ' * ' ~ shift) ~ ' / ' ~ shift ~ ')' -%}
    case
        when {{ value }} = floor({{ value }}) or abs({{ value }}) < 1e-15 or abs({{ value }}) >= 1e15
            then {{ model_monitor.number_text(value) }}
        when abs({{ value }}) >= 1e5
            then cast(cast({{ model_monitor.rounded(value) }} as bigint) as {{ model_monitor.type_text() }})
        else {{ model_monitor.number_text(rounded) }}
    end
{%- endmacro %}
