{# The number of standard errors to either side of a 95% interval. #}
{% macro z95() -%}
1.959963984540054e0
{%- endmacro %}

{# One end of the 95% interval of a value between 0 and 1, from its standard error; sign is - or +. #}
{% macro interval_end(value, error, sign) -%}
case when {{ error }} is not null then {{ 'greatest' if sign == '-' else 'least' }}(
            {{ value }} {{ sign }} {{ model_monitor.z95() }} * {{ error }}, {{ '0e0' if sign == '-' else '1e0' }}
        ) end
{%- endmacro %}

{# Wilson (1927) at 95%: the rates p with |k/n - p| <= z sqrt(p (1 - p) / n). #}
{% macro _wilson_bound(successes, n, sign) %}
    {%- set k = model_monitor._as_double(successes) -%}
    {%- set n = model_monitor._as_double(n) -%}
    {%- set z = model_monitor.z95() -%}
    {%- set z_square = '3.8414588206941236e0' -%}
    case
        when {{ n }} > 0 and {{ k }} is not null then
            greatest(0e0, least(1e0, (
                {{ k }} + {{ z_square }} / 2e0 {{ sign }} {{ z }} * sqrt(
                    greatest(0e0, {{ k }} * ({{ n }} - {{ k }}) / {{ n }}) + {{ z_square }} / 4e0
                )
            ) / ({{ n }} + {{ z_square }})))
    end
{%- endmacro %}

{% macro wilson_lower(successes, n) -%}
    {{ model_monitor._wilson_bound(successes, n, '-') }}
{%- endmacro %}

{% macro wilson_upper(successes, n) -%}
    {{ model_monitor._wilson_bound(successes, n, '+') }}
{%- endmacro %}

{#
    Do exact sums of millionths come from a plain rate, where every a is 0 or 1 and every b is 1? If
    Σb and Σb² both equal n, the squares (b - 1)² add up to 0; a² - a is above 0 for every whole
    number but 0 and 1.
#}
{% macro is_plain_rate(n, sum_a, sum_b, sum_aa, sum_bb) -%}
    ({{ sum_aa }} = cast({{ sum_a }} as decimal(38, 0)) * 1000000
        and {{ sum_bb }} = cast({{ sum_b }} as decimal(38, 0)) * 1000000
        and {{ sum_b }} = cast({{ n }} as decimal(38, 0)) * 1000000)
{%- endmacro %}

{# The residuals a - R b sum to 0, so their squares are Saa - 2 R Sab + R² Sbb. #}
{% macro ratio_standard_error(n, sum_a, sum_b, sum_aa, sum_bb, sum_ab) %}
    {%- set n = model_monitor._as_double(n) -%}
    {%- set aa = model_monitor._as_double(sum_aa) -%}
    {%- set bb = model_monitor._as_double(sum_bb) -%}
    {%- set ab = model_monitor._as_double(sum_ab) -%}
    {%- set ratio = model_monitor.safe_divide(sum_a, sum_b) -%}
    {%- set squares -%}
        ({{ aa }} - 2e0 * {{ ratio }} * {{ ab }} + {{ ratio }} * {{ ratio }} * {{ bb }})
    {%- endset -%}
    case
        when {{ n }} < 2 then null
        when {{ squares }} > 0 then
            sqrt({{ n }} / ({{ n }} - 1) * {{ squares }})
            / abs({{ model_monitor._as_double(sum_b) }})
        when {{ squares }} <= 0 and {{ n }} >= 2 then 0e0
    end
{%- endmacro %}
