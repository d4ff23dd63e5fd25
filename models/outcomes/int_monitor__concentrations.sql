{{ model_monitor.table_model() }}
{#- The concentration of the windows that are measured again, and of their days. -#}
{%- set double = model_monitor.type_double() %}

with ranked as (

    select
        *,
        sum(entity_count) over story as n,
        sum(exposure_count * entity_count) over story as exposures,
        (sum(entity_count) over upwards) - entity_count as below,
        (sum(entity_count) over story) - (sum(entity_count) over upwards) as above
    from {{ ref('model_monitor', 'int_monitor__exposures') }}
    window
        story as (partition by window_id, series_id),
        upwards as (
            partition by window_id, series_id order by exposure_count
            rows between unbounded preceding and current row
        )

),

final as (

    select
        window_id,
        series_id,
        cast(max(n) as bigint) as entity_count,
        cast(max(exposures) as bigint) as exposure_count,
        {{ model_monitor.safe_divide(
            'sum(' ~ model_monitor.gini_term('exposure_count', 'entity_count', 'below', 'n') ~ ')',
            '(cast(max(n) as decimal(38, 0)) * max(exposures))'
        ) }} as gini,
        {{ model_monitor.safe_divide(
            'sum(cast(exposure_count as decimal(38, 0)) * exposure_count * entity_count)',
            '(cast(max(exposures) as decimal(38, 0)) * max(exposures))'
        ) }} as hhi,
        {%- for name, share in {'top_1pct': '0.01', 'top_10pct': '0.1', 'head': '0.2'}.items() %}
        {{ model_monitor.safe_divide(
            'sum(' ~ model_monitor.top_term(
                'exposure_count', 'entity_count', 'above', model_monitor.top_count(share, 'n')
            ) ~ ')',
            'max(exposures)'
        ) }} as {{ name }}_share,
        {%- endfor %}
        {{ model_monitor.share_sum(
            '-1e0 * entity_count * exposure_count / exposures'
            ~ ' * ln(cast(exposure_count as ' ~ double ~ ') / exposures)'
        ) }} as entropy
    from ranked
    group by window_id, series_id

)

select * from final
