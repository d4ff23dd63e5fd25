{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'window_name', 'window_end'],
    replaced_by='int_monitor__touched_windows'
) }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__touched_windows') }}
{%- set double = model_monitor.type_double() %}
{%- set z = model_monitor.z95() %}
{%- set key = [
    'monitor', 'log', 'role', 'model_version', 'window_name', 'window_start', 'window_end',
    'slice_name', 'slice_value', 'outcome',
] %}

with totals as (

    select
        totals.*,
        outcomes.value_kind,
        -- the mean of a few labels almost reveals each of them
        totals.slice_name = '(all)' or totals.n >= monitors.min_cell as has_mean,
        -- groups of people publish no counts of late labels, invalid labels and the like
        protected_slices.monitor is null as has_parts,
        {{ z }} * sqrt(totals.squares_about_mean) / totals.n as mean_error
    from {{ ref('model_monitor', 'int_monitor__score_sums') }} as totals
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on totals.monitor = monitors.monitor
    inner join {{ ref('model_monitor', 'int_monitor__outcomes') }} as outcomes
        on totals.monitor = outcomes.monitor
        and totals.log = outcomes.log
    left join {{ ref('model_monitor', 'int_monitor__protected_slices') }} as protected_slices
        on totals.monitor = protected_slices.monitor
        and totals.slice_name = protected_slices.slice_name
    where totals.score = '(label)'
        and (totals.slice_name = '(all)' or totals.row_count >= monitors.min_cell)
        and {{ model_monitor.is_disclosable('totals') }}

),

delays as (

    select
        totals.window_id,
        totals.series_id,
        {{ model_monitor.delay_edge('windows.bin') }} as lower_end,
        {{ model_monitor.delay_edge('(windows.bin + 1)') }} as upper_end,
        sum(windows.observed_count) over (partition by totals.window_id, totals.series_id)
            as valid_count,
        sum(windows.observed_count) over story as rows_through,
        (sum(windows.observed_count) over story) - windows.observed_count as rows_before
    from totals
    inner join {{ ref('model_monitor', 'int_monitor__outcome_windows') }} as windows
        on totals.window_id = windows.window_id
        and totals.series_id = windows.series_id
    where windows.bin >= 0
        and windows.observed_count > 0
    window story as (
        partition by totals.window_id, totals.series_id order by windows.bin
        rows between unbounded preceding and current row
    )

),

quantiles as (

    select
        window_id,
        series_id,
        {{ model_monitor.quantile(50) }} as delay_p50,
        {{ model_monitor.quantile(90) }} as delay_p90,
        {{ model_monitor.quantile(99) }} as delay_p99
    from delays
    where {{ model_monitor.holds_any_quantile([50, 90, 99]) }}
    group by window_id, series_id

),

final as (

    select
        {{ model_monitor.listed_columns('totals', key) }},
        cast(totals.row_count as bigint) as prediction_count,
        cast(totals.matured_count as bigint) as matured_count,
        cast(totals.labelled_count as bigint) as labelled_count,
        cast(case when totals.has_parts then totals.observed_count end as bigint) as observed_count,
        {{ model_monitor.safe_divide('totals.labelled_count', 'totals.matured_count') }}
            as label_coverage,
        cast(case when totals.has_mean then totals.sum_y / totals.n end as {{ double }})
            as mean_outcome,
        cast(case when totals.has_parts then totals.late_count end as bigint) as late_outcome_count,
        cast(case when totals.has_parts then totals.early_count end as bigint)
            as early_outcome_count,
        cast(case when totals.has_parts then totals.invalid_count end as bigint)
            as invalid_outcome_count,
        cast(quantiles.delay_p50 as {{ double }}) as delay_p50,
        cast(quantiles.delay_p90 as {{ double }}) as delay_p90,
        cast(quantiles.delay_p99 as {{ double }}) as delay_p99,
        totals.is_final,
        cast(case
            when not totals.has_mean then null
            when totals.value_kind = 'binary'
                then {{ model_monitor.wilson_lower('totals.sum_y', 'totals.n') }}
            else totals.sum_y / totals.n - totals.mean_error
        end as {{ double }}) as mean_outcome_lower,
        cast(case
            when not totals.has_mean then null
            when totals.value_kind = 'binary'
                then {{ model_monitor.wilson_upper('totals.sum_y', 'totals.n') }}
            else totals.sum_y / totals.n + totals.mean_error
        end as {{ double }}) as mean_outcome_upper,
        cast(case when totals.has_parts then totals.repeated_count end as bigint)
            as repeated_outcome_count,
        cast(case when totals.has_parts then totals.corrected_count end as bigint)
            as corrected_outcome_count
    from totals
    left join quantiles
        on totals.window_id = quantiles.window_id
        and totals.series_id = quantiles.series_id

)

select * from final
