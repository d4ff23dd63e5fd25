{#- The concentration of exposure, as far as rules evaluate it. -#}
{{ model_monitor.view_model() }}
{%- set cell = ['monitor', 'log', 'window_name', 'window_end'] %}

with windows as (

    select * from {{ ref('model_monitor', 'int_monitor__evaluated_windows') }}

),

scoped as (

    select * from {{ ref('model_monitor', 'int_monitor__scoped_signals') }}
    where family = 'concentration'

),

dispersions as (

    select * from {{ ref('model_monitor', 'int_monitor__row_dispersions') }}
    where log = 'predictions'

),

measured as (

    select
        concentration.*,
        metric_names.metric,
        case metric_names.metric
            {%- for metric in model_monitor.metrics_by_family()['concentration'] %}
            when '{{ metric }}'
                then {{ '1 - concentration.coverage' if metric == 'uncovered_share'
                    else 'concentration.' ~ metric }}
            {%- endfor %}
        end as value
    from {{ ref('model_monitor', 'monitor_concentration') }} as concentration
    inner join windows
        on {{ model_monitor.joined_on('concentration', 'windows', cell) }}
    cross join (
        values
        {%- for metric in model_monitor.metrics_by_family()['concentration'] %}
        ('{{ metric }}'){{ ',' if not loop.last }}
        {%- endfor %}
    ) as metric_names (metric)
    where concentration.role = 'live'

),

final as (

    select
        {{ model_monitor.asked_columns() }},
        -- a measure between 0 and 1 is about as uncertain as a share of as many rows
        {{ model_monitor.signal_columns({
            'value': 'measured.value',
            'sample_size': 'measured.exposure_count',
            'noise_floor': '3.09 * sqrt(coalesce(dispersions.dispersion, 1.0)) * '
                ~ model_monitor.share_error(
                    'greatest(0.0, least(1.0, abs(measured.value)))', 'measured.exposure_count'
                ),
            'dispersion': 'dispersions.dispersion',
        }) }}
    from measured
    inner join scoped
        on measured.monitor = scoped.monitor
        and measured.entity = scoped.subject
        and measured.metric = scoped.metric
        and measured.window_name = scoped.window_name
    left join dispersions
        on {{ model_monitor.joined_on(
            'measured', 'dispersions', cell + ['slice_name', 'slice_value']
        ) }}
    where measured.value is not null

)

select * from final
