{#
    Calibration, over buckets of n predictions of which k had the outcome. See
    docs/understand/calibration.md.
#}

{# The part of a bucket's squared gap that chance alone causes: ȳ(1 − ȳ)/(n − 1). #}
{% macro gap_variance(observed_rate, n) -%}
    ({{ observed_rate }} * (1e0 - {{ observed_rate }}) / nullif({{ n }} - 1, 0))
{%- endmacro %}

{# The number of steps of the logistic fit. From a slope of 1 it normally needs three. #}
{% macro fit_steps() %}
    {{ return(10) }}
{% endmacro %}

{#
    Logistic regression of the outcome on the logit, y ~ a + b x, by Newton's method over bins.
    `rows` has fit_id, x, n and k. A query with fit_id, a, b and the length of the last step. No
    step is longer than 1, so the fit cannot diverge. A fit that has converged is not summed again.
#}
{% macro logistic_fit_rows(rows) %}
    {%- set double = model_monitor.type_double() -%}
    {%- set is_still = '1e-10' -%}
with step_0 as (

    select
        fit_id,
        cast(0 as {{ double }}) as a,
        cast(1 as {{ double }}) as b,
        cast(1 as {{ double }}) as step_length
    from {{ rows }}
    group by fit_id

),
    {%- for step in range(1, model_monitor.fit_steps() + 1) %}

slopes_{{ step }} as (

    select
        before.fit_id,
        before.a,
        before.b,
        before.step_length,
        bins.x,
        bins.n,
        bins.k,
        1e0 / (1e0 + exp(-greatest(-30e0, least(30e0, before.a + before.b * bins.x)))) as q
    from step_{{ step - 1 }} as before
    left join {{ rows }} as bins
        on before.fit_id = bins.fit_id
        and before.step_length > {{ is_still }}

),

sums_{{ step }} as (

    select
        fit_id,
        a,
        b,
        step_length,
        {{ model_monitor.exact_sum('k - n * q', is_bounded=true) }} as g_a,
        {{ model_monitor.exact_sum('(k - n * q) * x', is_bounded=true) }} as g_b,
        {{ model_monitor.exact_sum('n * q * (1e0 - q)', is_bounded=true) }} as h_aa,
        {{ model_monitor.exact_sum('n * q * (1e0 - q) * x', is_bounded=true) }} as h_ab,
        {{ model_monitor.exact_sum('n * q * (1e0 - q) * x * x', is_bounded=true) }} as h_bb
    from slopes_{{ step }}
    group by fit_id, a, b, step_length

),

steps_{{ step }} as (

    select
        fit_id,
        a,
        b,
        step_length,
        (h_bb * g_a - h_ab * g_b) / nullif(h_aa * h_bb - h_ab * h_ab, 0) as step_a,
        (h_aa * g_b - h_ab * g_a) / nullif(h_aa * h_bb - h_ab * h_ab, 0) as step_b
    from sums_{{ step }}
    -- if all scores are nearly equal, no slope can be estimated
    where h_aa * h_bb - h_ab * h_ab > 1e-9 * h_aa * h_bb
        or step_length <= {{ is_still }}

),

step_{{ step }} as (

    select
        fit_id,
        a + coalesce(step_a / greatest(1e0, abs(step_a), abs(step_b)), 0) as a,
        b + coalesce(step_b / greatest(1e0, abs(step_a), abs(step_b)), 0) as b,
        coalesce(greatest(abs(step_a), abs(step_b)), step_length) as step_length
    from steps_{{ step }}

)
{{- ',' if not loop.last }}
    {%- endfor %}

select
    fit_id,
    a,
    b,
    step_length
from step_{{ model_monitor.fit_steps() }}
{%- endmacro %}
