{#
    Special functions in plain SQL, for engines without erf, gamma or lambdas. Every argument is SQL
    text and appears many times in the result: pass a column, not a long expression.

    Three habits avoid errors on Postgres, which raises where others return infinity or zero:
    exponents stay at or above -700, far tails are constants, tiny arguments never meet a product.
    NaN is greater than every number on all engines, so `x < NaN` tests that x is a number.
#}

{% macro _as_double(expression) %}
    {{- return('cast(' ~ expression ~ ' as ' ~ model_monitor.type_double() ~ ')') -}}
{% endmacro %}

{% macro _nan() %}
    {{- return(model_monitor._as_double("'NaN'")) -}}
{% endmacro %}


{# ---- arithmetic ---- #}

{% macro safe_divide(numerator, denominator) -%}
    ({{ model_monitor._as_double(numerator) }} / nullif({{ denominator }}, 0))
{%- endmacro %}

{#
    A sum that does not depend on the order of its rows. Terms too large for its decimals (above
    1e22 with twelve digits) make it null: no sum of that precision exists. Where terms cannot be
    that large, `is_bounded` skips the check: Spark analyses nested fits step by step and gives up
    with it.
#}
{% macro exact_sum(expression, digits=12, is_bounded=false) -%}
    {%- if is_bounded -%}
    {{- return(model_monitor._as_double('sum(cast(' ~ expression ~ ' as decimal(38, ' ~ digits ~ ')))')) -}}
    {%- endif -%}
    case when coalesce(max(abs({{ expression }})) <= 1e{{ 34 - digits }}, true) then
    {{ model_monitor._as_double(
        'sum(' ~ model_monitor.bounded_decimal(expression, digits) ~ ')'
    ) }} end
{%- endmacro %}

{# A number from a log, or derived from one, as a decimal: null where it does not fit. #}
{% macro bounded_decimal(number, digits) -%}
case when abs({{ number }}) <= 1e{{ 34 - digits }} then cast({{ number }} as decimal(38, {{ digits }})) end
{%- endmacro %}

{# A double that holds a whole number, as a bigint: null where it does not fit. #}
{% macro bounded_bigint(number) -%}
    {{ return(adapter.dispatch('bounded_bigint', 'model_monitor')(number)) }}
{%- endmacro %}

{% macro default__bounded_bigint(number) -%}
    try_cast({{ number }} as bigint)
{%- endmacro %}

{% macro exact_mean(expression, digits=12) -%}
    ({{ model_monitor.exact_sum(expression, digits) }} / nullif(count({{ expression }}), 0))
{%- endmacro %}

{#
    exact_sum for terms made of shares. A bigint holds fifteen digits of a sum below nine thousand,
    or eighteen of one below nine, and adds up three times as fast as a decimal.
#}
{% macro share_sum(expression, digits=15) -%}
    {%- set unit = '1e' ~ digits -%}
    ({{ model_monitor._as_double('sum(' ~ model_monitor.bounded_bigint('floor((' ~ expression ~ ') * ' ~ unit ~ ' + 0.5e0)') ~ ')') }} / {{ unit }})
{%- endmacro %}

{% macro cube_root(x) -%}
    cbrt({{ model_monitor._as_double(x) }})
{%- endmacro %}


{# ---- normal ---- #}

{# Hart (1968), algorithm 5666, below 7.07; above it Laplace's continued fraction.
   The upper tail of the standard normal at a, which is a double and not negative. #}
{% macro _normal_upper_tail(a) %}
    {%- set numerator = [
        3.52624965998911e-2, 0.700383064443688, 6.37396220353165, 33.912866078383,
        112.079291497871, 221.213596169931, 220.206867912376,
    ] -%}
    {%- set denominator = [
        8.83883476483184e-2, 1.75566716318264, 16.064177579207, 86.7807322029461,
        296.564248779674, 637.333633378831, 793.826512519948, 440.413735824752,
    ] -%}
    case
        when {{ a }} < 1e-100 then 0.5e0
        when {{ a }} < 7.07e0 then
            exp(-0.5e0 * {{ a }} * {{ a }})
            * {{ model_monitor._polynomial(numerator, a) }}
            / {{ model_monitor._polynomial(denominator, a) }}
        when {{ a }} < 37e0 then
            exp(-0.5e0 * {{ a }} * {{ a }}) / 2.5066282746310002e0
            / ({{ a }} + 1e0 / ({{ a }} + 2e0 / ({{ a }} + 3e0
                / ({{ a }} + 4e0 / ({{ a }} + 0.65e0)))))
        when {{ a }} < {{ model_monitor._nan() }} then 0e0
    end
{%- endmacro %}

{# Horner's rule, highest power first. #}
{% macro _polynomial(coefficients, x) -%}
    {{ '(' * (coefficients | length - 1) }}{{ coefficients[0] }}e0
    {%- for coefficient in coefficients[1:] %} * {{ x }} + {{ coefficient }}e0){% endfor %}
{%- endmacro %}

{# The tail for either sign: P(Z > z) times `scale`, with a = |z|. #}
{% macro _normal_tail(a, is_negative, scale) -%}
    (
        case when {{ is_negative }} then {{ scale }}e0 else 0e0 end
        + case when {{ is_negative }} then -{{ scale }}e0 else {{ scale }}e0 end
        * {{ model_monitor._normal_upper_tail(a) }}
    )
{%- endmacro %}

{% macro normal_sf(z) -%}
    {{ model_monitor._normal_tail('abs(' ~ model_monitor._as_double(z) ~ ')', z ~ ' < 0', 1) }}
{%- endmacro %}

{% macro normal_two_sided(z) -%}
    (2e0 * {{ model_monitor._normal_upper_tail('abs(' ~ model_monitor._as_double(z) ~ ')') }})
{%- endmacro %}

{% macro erfc(x) -%}
    {%- set a = '(abs(' ~ model_monitor._as_double(x) ~ ') * 1.4142135623730951e0)' -%}
    {{ model_monitor._normal_tail(a, x ~ ' < 0', 2) }}
{%- endmacro %}


{# ---- chi-squared ---- #}

{#
    With h = x/2, the closed finite series, exact up to rounding:

       df even  exp(-h) (1 + h/1 (1 + h/2 (1 + … )))
       df odd   erfc(sqrt h) + 2 sqrt(h / pi) exp(-h) (1 + h/1.5 (1 + h/2.5 (1 + … )))

    One nest of cases serves both and is left where df ends, so the cost of a row depends on its df.
    At df <= 128 nothing above x = 1400 exceeds 1e-200, and up to there the exponent is safe.
#}
{% macro chi2_sf(x, df) %}
    {%- set x = model_monitor._as_double(x) -%}
    {%- set score = model_monitor._chi2_normal_score(x, model_monitor._as_double(df)) -%}
    case
        when {{ df }} < 1 or {{ df }} is null then null
        when {{ x }} <= 1e-300 then 1e0
        when {{ df }} > 128 then
            {{ model_monitor._normal_tail('abs' ~ score, score ~ ' < 0', 1) }}
        when {{ x }} < 1400e0 then least(1e0,
            case
                when mod({{ df }}, 2) = 0 then 0e0
                else 2e0 * {{ model_monitor._normal_upper_tail('sqrt(' ~ x ~ ')') }}
            end
            + case
                when mod({{ df }}, 2) = 0 then 1e0
                when {{ df }} = 1 then 0e0
                else sqrt({{ x }} * 0.63661977236758134e0)
            end
            * exp(-0.5e0 * {{ x }})
            * {{ model_monitor._chi2_series(x, df) }}
        )
        when {{ x }} < {{ model_monitor._nan() }} then 0e0
    end
{%- endmacro %}

{% macro _chi2_series(x, df) -%}
    {%- for k in range(2, 128, 2) %}
            case when {{ df }} > {{ k + 1 }} then 1e0 + {{ x }} / ({{ k }} + mod({{ df }}, 2)) *
    {%- endfor %}
            1e0
            {%- for k in range(2, 128, 2) %} else 1e0 end{% endfor %}
{%- endmacro %}

{# Wilson and Hilferty (1931): the cube root of chi-squared / df is nearly normal. #}
{% macro _chi2_normal_score(x, df) -%}
    ((cbrt({{ x }} / {{ df }}) - 1e0 + 2e0 / (9e0 * {{ df }})) * sqrt(4.5e0 * {{ df }}))
{%- endmacro %}

{% macro chi2_normal_score(x, df) -%}
    {%- set df = model_monitor._as_double(df) -%}
    case
        when {{ df }} > 0
            then {{ model_monitor._chi2_normal_score(model_monitor._as_double(x), df) }}
    end
{%- endmacro %}

{% macro chi2_median_factor(df) -%}
    case
        when {{ df }} > 0 then power(1e0 - 2e0 / (9e0 * {{ model_monitor._as_double(df) }}), 3)
    end
{%- endmacro %}


{% macro chi2_rare_factor(df) -%}
    {%- set spread = '2e0 / (9e0 * ' ~ model_monitor._as_double(df) ~ ')' -%}
    case
        when {{ df }} > 0 then power(1e0 - {{ spread }} + 3.09e0 * sqrt({{ spread }}), 3)
    end
{%- endmacro %}


{# ---- Kolmogorov ---- #}

{# Both forms of the theta function; each converges within three terms on its own side of 1.18.
   pi²/8 = 1.2337…; below 0.21 the value differs from 1 by less than 1e-11. #}
{% macro kolmogorov_sf(x) %}
    {%- set x = model_monitor._as_double(x) -%}
    {%- set square = '(' ~ x ~ ' * ' ~ x ~ ')' -%}
    case
        when {{ x }} <= 0.21e0 then 1e0
        when {{ x }} < 1.18e0 then
            1e0 - 2.5066282746310002e0 / {{ x }} * (
                exp(-1.2337005501361697e0 / {{ square }})
                + exp(-11.103304951225528e0 / {{ square }})
                + exp(-30.842513753404244e0 / {{ square }})
            )
        when {{ x }} < 18.5e0 then
            2e0 * (
                exp(-2e0 * {{ square }})
                - exp(greatest(-700e0, -8e0 * {{ square }}))
                + exp(greatest(-700e0, -18e0 * {{ square }}))
            )
        when {{ x }} < {{ model_monitor._nan() }} then 0e0
    end
{%- endmacro %}
