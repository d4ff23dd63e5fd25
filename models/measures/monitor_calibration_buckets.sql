{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'window_name', 'window_end'],
    replaced_by='int_monitor__touched_windows'
) }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__touched_windows') }}
{%- set key = [
    'monitor', 'log', 'role', 'model_version', 'window_name', 'window_start', 'window_end',
    'slice_name', 'slice_value', 'outcome', 'score', 'class',
] %}
{%- set measures = [
    'prediction_count', 'outcome_count', 'average_prediction', 'observed_rate', 'gap', 'gap_lower',
    'gap_upper',
] %}

with buckets as (

    select
        buckets.*,
        monitors.min_cell
    from {{ ref('model_monitor', 'int_monitor__calibration_buckets') }} as buckets
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on buckets.monitor = monitors.monitor

),

checked as (

    select
        *,
        {{ model_monitor.is_publishable(
            'prediction_count', 'labelled_count', key + ['bucketing'], 'bucket'
        ) }} as is_large
    from buckets

),

final as (

    select
        {{ model_monitor.listed_columns('checked', key) }},
        checked.bucketing,
        checked.bucket,
        checked.is_final,
        checked.lower_bound,
        checked.upper_bound
        {%- for name in measures %},
        case
            when protected_slices.monitor is null
                and checked.is_large
                and (checked.bucketing = 'mass' or checked.min_overlap >= checked.min_cell)
                then checked.{{ name }}
        end as {{ name }}
        {%- endfor %}
    from checked
    left join {{ ref('model_monitor', 'int_monitor__protected_slices') }} as protected_slices
        on checked.monitor = protected_slices.monitor
        and checked.slice_name = protected_slices.slice_name

)

select * from final
