{# Numbers beyond ±1e100 count as invalid: their differences, squares and shares would overflow. #}
{% macro largest_number() -%}
    {{- return('1e100') -}}
{%- endmacro %}

{# Numbers nearer to 0 than this count as 0: their quotients would underflow, an error on Postgres. #}
{% macro smallest_number() -%}
    {{- return('1e-100') -}}
{%- endmacro %}

{# Can every formula compute with this number from a log? NaN is greater than every number. #}
{% macro is_measurable(number) -%}
    ({{ number }} >= -{{ model_monitor.largest_number() }} and {{ number }} <= {{ model_monitor.largest_number() }})
{%- endmacro %}

{# A number that formulas divide: 0 where it is too close to 0. Null and NaN stay as they are. #}
{% macro without_tiny(number) -%}
case when abs({{ number }}) < {{ model_monitor.smallest_number() }} then 0e0 else {{ number }} end
{%- endmacro %}

{# A difference of two measurable numbers in units of a scale; the scale is at least 1e-90. #}
{% macro in_scales(difference, scale) -%}
case when abs({{ difference }}) >= {{ model_monitor.smallest_number() }} then ({{ difference }}) / {{ scale }} else 0e0 * ({{ difference }}) end
{%- endmacro %}

{#
    The largest double below a finite one, so that every bin can be (lower, upper]: the point bin of
    v is (previous_double(v), v]. Exact for every double under round-to-nearest: near 0, doubles are
    5e-324 apart.
#}
{% macro previous_double(value) -%}
case
    when abs({{ value }}) < 4e-308 then {{ value }} - cast('5e-324' as {{ model_monitor.type_double() }})
    when {{ value }} > 0 then {{ value }} * cast(0.9999999999999999 as {{ model_monitor.type_double() }})
    when {{ value }} < 0
        then {{ value }} + {{ value }} * cast(1.6653345369377348e-16 as {{ model_monitor.type_double() }})
end
{%- endmacro %}
