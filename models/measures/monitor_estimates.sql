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
{%- set measures = model_monitor.estimated_metrics() %}

with sums as (

    select sums.*
    from {{ ref('model_monitor', 'int_monitor__score_sums') }} as sums
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on sums.monitor = monitors.monitor
    where (sums.class in ('(binary)', '(micro)') or sums.score_kind = 'multiclass')
        and (sums.slice_name = '(all)' or sums.row_count >= monitors.min_cell)
        and {{ model_monitor.is_disclosable('sums', of_scores=true) }}

),

estimates as (

    select * from {{ ref('model_monitor', 'int_monitor__estimates') }}

),

truth as (

    select * from {{ ref('model_monitor', 'monitor_performance') }}
    where is_final
        and labelled_count > 0

),

final as (

    select
        {{ model_monitor.listed_columns('sums', key) }},
        sums.is_final,
        estimates.prediction_count,
        cast(truth.labelled_count as bigint) as labelled_count
        {%- for name in measures %},
        cast(estimates.{{ name }} as {{ double }}) as estimated_{{ name }}
        {%- endfor %}
        {%- for name in measures %},
        cast(truth.{{ name }} as {{ double }}) as realised_{{ name }}
        {%- endfor %}
        {%- for name in measures %},
        cast(estimates.{{ name }} - truth.{{ name }} as {{ double }}) as error_{{ name }}
        {%- endfor %},
        cast(estimates.accuracy_error as {{ double }}) as accuracy_noise
    from sums
    inner join estimates
        on sums.window_id = estimates.window_id
        and sums.series_id = estimates.series_id
    left join truth
        on {{ model_monitor.joined_on('sums', 'truth', key) }}

)

select * from final
