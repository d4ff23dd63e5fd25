{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'window_name', 'window_end'],
    replaced_by='int_monitor__touched_windows'
) }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__touched_windows') }}
{%- set double = model_monitor.type_double() %}
{%- set key = [
    'monitor', 'log', 'role', 'model_version', 'window_name', 'window_start', 'window_end',
    'slice_name', 'slice_value', 'outcome', 'score', 'class',
] %}

with sums as (

    select sums.*
    from {{ ref('model_monitor', 'int_monitor__score_sums') }} as sums
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on sums.monitor = monitors.monitor
    where sums.class not in ('(all)', '(label)', '(micro)')
        and sums.labelled_count > 0
        and (sums.slice_name = '(all)' or sums.labelled_count >= monitors.min_cell)
        and {{ model_monitor.is_disclosable('sums') }}

),

buckets as (

    select
        {{ model_monitor.listed_columns('buckets', key) }},
        cast(buckets.prediction_count as {{ double }}) as n,
        buckets.gap,
        buckets.observed_rate,
        cast(buckets.prediction_count as {{ double }}) / sums.n as weight,
        sums.sum_y / sums.n as base_rate,
        coalesce(
            {{ model_monitor.gap_variance('buckets.observed_rate', 'buckets.prediction_count') }}, 0
        ) as chance
    from {{ ref('model_monitor', 'int_monitor__calibration_buckets') }} as buckets
    inner join sums
        on {{ model_monitor.joined_on('buckets', 'sums', key) }}
    where buckets.bucketing = 'mass'

),

errors as (

    select
        {{ model_monitor.listed_columns('', key) }},
        {{ model_monitor.share_sum('weight * abs(gap)') }} as ece,
        max(abs(gap)) as mce,
        {{ model_monitor.share_sum('weight * gap * gap') }} as reliability,
        {{ model_monitor.share_sum(
            'weight * (observed_rate - base_rate) * (observed_rate - base_rate)'
        ) }} as resolution,
        {{ model_monitor.share_sum('weight * chance') }} as ece_noise_mean,
        sqrt(2 * {{ model_monitor.share_sum('weight * weight * chance * chance') }})
            as ece_noise_spread
    from buckets
    group by {{ key | join(', ') }}

),

fits as (

    select * from {{ ref('model_monitor', 'int_monitor__calibration_fits') }}

),

final as (

    select
        {{ model_monitor.listed_columns('sums', key) }},
        sums.is_final,
        sums.labelled_count as row_count,
        cast(errors.ece as {{ double }}) as ece,
        cast(sqrt(greatest(errors.reliability - errors.ece_noise_mean, 0e0)) as {{ double }})
            as ece_debiased,
        cast(errors.ece_noise_mean as {{ double }}) as ece_noise_mean,
        cast(errors.ece_noise_spread as {{ double }}) as ece_noise_spread,
        cast(errors.mce as {{ double }}) as mce,
        cast(sums.squared_error / sums.n as {{ double }}) as brier,
        cast(errors.reliability as {{ double }}) as reliability,
        cast(errors.resolution as {{ double }}) as resolution,
        cast(sums.sum_y / sums.n * (1e0 - sums.sum_y / sums.n) as {{ double }}) as uncertainty,
        cast((sums.sum_y - sums.sum_p) / sums.n as {{ double }}) as mean_gap,
        cast(sqrt(greatest(sums.chance_variance, 0e0)) / sums.n as {{ double }}) as mean_gap_error,
        cast(sums.sum_p / sums.n as {{ double }}) as average_prediction,
        cast(sums.sum_y / nullif(sums.sum_p, 0) as {{ double }}) as calibration_ratio,
        cast(fits.slope as {{ double }}) as slope,
        cast(fits.intercept as {{ double }}) as intercept,
        cast(
            {{ model_monitor.wilson_lower('sums.sum_y', 'sums.n') }} * sums.n
            / nullif(sums.sum_p, 0) as {{ double }}
        ) as calibration_ratio_lower,
        cast(
            {{ model_monitor.wilson_upper('sums.sum_y', 'sums.n') }} * sums.n
            / nullif(sums.sum_p, 0) as {{ double }}
        ) as calibration_ratio_upper
    from sums
    left join errors
        on {{ model_monitor.joined_on('sums', 'errors', key) }}
    left join fits
        on sums.window_id = fits.window_id
        and sums.series_id = fits.series_id

)

select * from final
