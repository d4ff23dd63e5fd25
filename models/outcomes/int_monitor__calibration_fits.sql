{{ model_monitor.table_model() }}
{#- Slope and intercept of each score's calibration: the outcome regressed on the logit of the
    prediction, over bins at their own mean. Fitted only if both outcomes are frequent enough. -#}

with curves as (

    select
        window_id,
        series_id,
        {{ model_monitor.key_number(['window_id', 'series_id']) }} as fit_id
    from {{ ref('model_monitor', 'int_monitor__score_curves') }}
    where positives >= 30
        and negatives >= 30

),

means as (

    select
        curves.fit_id,
        windows.bin,
        cast(windows.labelled_count as {{ model_monitor.type_double() }}) as n,
        {{ model_monitor.from_fixed_point('windows.sum_y') }} as k,
        greatest(1e-6, least(
            1e0 - 1e-6,
            {{ model_monitor.from_fixed_point('windows.sum_p') }} / windows.labelled_count
        )) as p
    from curves
    inner join {{ ref('model_monitor', 'int_monitor__outcome_windows') }} as windows
        on curves.window_id = windows.window_id
        and curves.series_id = windows.series_id
        and windows.bin >= 0
        and windows.labelled_count > 0

),

bins as (

    select
        fit_id,
        n,
        k,
        ln(p / (1e0 - p)) as x
    from means

),

steps as (

    {{ model_monitor.logistic_fit_rows('bins') | indent(4) }}

),

final as (

    select
        curves.window_id,
        curves.series_id,
        steps.a as intercept,
        steps.b as slope
    from curves
    inner join steps
        on curves.fit_id = steps.fit_id
    -- a fit that still moves does not converge: the scores separate the two outcomes completely
    where steps.step_length < 1e-6

)

select * from final
