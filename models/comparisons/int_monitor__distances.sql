{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'window_name', 'window_end'],
    replaced_by='int_monitor__touched_windows'
) }}
{#- Every measured distance of every comparison, before any correction for noise. -#}
-- depends_on: {{ ref('model_monitor', 'int_monitor__touched_windows') }}

with series as (

    select
        series.series_id,
        series.slice_name,
        series.slice_value,
        series.subject,
        subjects.definition,
        subjects.subject_type,
        rulers.scale,
        rulers.definition as ruler_definition,
        types.type_kind <> rulers.type_kind as is_type_changed
    from {{ ref('model_monitor', 'int_monitor__series') }} as series
    inner join {{ ref('model_monitor', 'int_monitor__subjects') }} as subjects
        on series.monitor = subjects.monitor
        and series.log = subjects.log
        and series.subject = subjects.subject
    inner join {{ ref('model_monitor', 'int_monitor__ruler_subjects') }} as rulers
        on series.monitor = rulers.monitor
        and series.log = rulers.log
        and series.subject = rulers.subject
    left join {{ ref('model_monitor', 'int_monitor__subject_types') }} as types
        on series.monitor = types.monitor
        and series.log = types.log
        and series.subject = types.subject

),

comparisons as (

    select
        comparisons.*,
        {{ model_monitor.safe_divide('comparisons.sum_1', 'comparisons.valid_count') }} / 1e6
            as mean_u,
        {{ model_monitor.safe_divide(
            'comparisons.baseline_sum_1', 'comparisons.baseline_valid_count'
        ) }} / 1e6 as baseline_mean_u,
        touched.monitor,
        touched.log,
        touched.window_name,
        touched.window_start,
        touched.window_end,
        series.slice_name,
        series.slice_value,
        series.subject,
        series.definition,
        series.subject_type,
        series.scale,
        series.ruler_definition,
        series.is_type_changed
    from {{ ref('model_monitor', 'int_monitor__comparisons') }} as comparisons
    inner join {{ ref('model_monitor', 'int_monitor__touched_windows') }} as touched
        on comparisons.window_id = touched.window_id
    inner join series
        on comparisons.series_id = series.series_id

),

moments as (

    select
        *,
        case when value_max > value_min
            then {{ model_monitor.sample_variance('sum_1', 'sum_2', 'valid_count') }}
            when valid_count > 1 then 0.0
        end as variance_u,
        case when baseline_value_max > baseline_value_min
            then {{ model_monitor.sample_variance(
                'baseline_sum_1', 'baseline_sum_2', 'baseline_valid_count'
            ) }}
            when baseline_valid_count > 1 then 0.0
        end as baseline_variance_u
    from comparisons

),

measured as (

    select
        moments.*,
        group_distances.psi,
        group_distances.psi_valid,
        group_distances.kl,
        group_distances.js_distance,
        group_distances.hellinger,
        group_distances.total_variation,
        group_distances.l_infinity,
        group_distances.bin_count,
        group_distances.valid_bin_count,
        group_distances.chi2,
        group_distances.chi2_df,
        fine_distances.ks,
        fine_distances.ks_error_bound,
        fine_distances.wasserstein,
        fine_distances.wasserstein_error_bound,
        fine_distances.q50_c,
        fine_distances.q50_b,
        fine_distances.w50_c,
        fine_distances.w50_b,
        fine_distances.q95_c,
        fine_distances.q95_b,
        fine_distances.w95_c,
        fine_distances.w95_b,
        fine_distances.tail_share,
        fine_distances.c_above,
        fine_distances.b_above
    from moments
    left join {{ ref('model_monitor', 'int_monitor__group_distances') }} as group_distances
        on moments.comparison_id = group_distances.comparison_id
    left join {{ ref('model_monitor', 'int_monitor__fine_distances') }} as fine_distances
        on moments.comparison_id = fine_distances.comparison_id

),

final as (

    select
        monitor,
        log,
        role,
        model_version,
        window_name,
        window_start,
        window_end,
        window_id,
        slice_name,
        slice_value,
        subject,
        series_id,
        subject_id,
        baseline,
        baseline_version,
        ruler_version,
        cast(baseline_window_start as timestamp) as baseline_window_start,
        cast(baseline_window_end as timestamp) as baseline_window_end,
        cast(row_count as bigint) as row_count,
        cast(baseline_row_count as bigint) as baseline_row_count,
        cast(valid_count as bigint) as valid_count,
        cast(baseline_valid_count as bigint) as baseline_valid_count,
        is_sufficient,
        definition <> ruler_definition or not is_one_ruler as is_ruler_changed,
        window_name = 'day' and baseline = 'reference' and weekday = -1 as is_unmatched_weekday,
        {{ model_monitor.listed_columns('', model_monitor.bin_distances()) }},
        {{ model_monitor.safe_divide('wasserstein', 'sqrt(baseline_variance_u) * scale') }}
            as wasserstein_scaled,
        case when is_sufficient
            then {{ model_monitor.safe_divide(
                'mean_u - baseline_mean_u', 'sqrt(baseline_variance_u)'
            ) }}
        end as mean_shift,
        case when is_sufficient
            then {{ model_monitor.safe_divide(
                'mean_u - baseline_mean_u',
                'sqrt(variance_u / nullif(valid_count, 0)'
                ~ ' + baseline_variance_u / nullif(baseline_valid_count, 0))'
            ) }}
        end as mean_z,
        case when is_sufficient
            then {{ model_monitor.safe_divide('sqrt(variance_u)', 'sqrt(baseline_variance_u)') }}
        end as stddev_ratio,
        {{ model_monitor.quantile_shift('q50_c', 'q50_b', 'scale') }} as p50_shift,
        {{ model_monitor.quantile_shift_bound('q50_c', 'q50_b', 'w50_c', 'w50_b', 'scale') }}
            as p50_shift_error_bound,
        {{ model_monitor.quantile_shift('q95_c', 'q95_b', 'scale') }} as p95_shift,
        {{ model_monitor.quantile_shift_bound('q95_c', 'q95_b', 'w95_c', 'w95_b', 'scale') }}
            as p95_shift_error_bound,
        q95_c as p95,
        q95_b as baseline_p95,
        tail_share,
        {{ model_monitor.chi2_term('c_above', 'b_above', 'valid_count', 'baseline_valid_count') }}
            + {{ model_monitor.chi2_term(
                '(valid_count - c_above)', '(baseline_valid_count - b_above)',
                'valid_count', 'baseline_valid_count'
            ) }} as tail_chi2,
        case when is_sufficient
            then {{ model_monitor.safe_divide('missing_count', 'row_count') }}
                - {{ model_monitor.safe_divide('baseline_missing_count', 'baseline_row_count') }}
        end as missing_rate_delta,
        case when is_one_ruler
            then {{ model_monitor.safe_divide('unseen_count', 'row_count') }}
        end as unseen_share,
        -- constant means the same value on both sides; a different value is a normal shift
        coalesce(
            case
                when subject_type = 'numeric'
                    then value_min = value_max
                        and baseline_value_min = baseline_value_max
                        and value_min = baseline_value_min
                else valid_bin_count = 1
            end,
            false
        ) as is_constant,
        valid_count = 0 as is_all_missing,
        coalesce(is_type_changed, false) as is_type_changed
    from measured

)

select * from final
