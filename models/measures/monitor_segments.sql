{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'window_name', 'window_end'],
    replaced_by='int_monitor__touched_windows'
) }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__touched_windows') }}
{%- set double = model_monitor.type_double() %}
{%- set key = [
    'window_id', 'role', 'model_version', 'subject', 'metric', 'baseline', 'dimension',
] %}
{#- Values are counted in millionths of the ruler's scale: a smaller change is rounding. -#}
{%- set change = 'case when abs(max(whole_value) - max(whole_baseline_value)) > 1e-6'
    ~ ' then max(whole_value) - max(whole_baseline_value) end' %}

with touched as (

    select * from {{ ref('model_monitor', 'int_monitor__touched_windows') }}

),

effects as (

    select
        *,
        row_number() over (
            partition by {{ key | join(', ') }}
            order by
                {{ model_monitor.rounded(
                    'sign(whole_value - whole_baseline_value) * (mix_effect + within_effect)', 12
                ) }} desc,
                {{ model_monitor.text_order('segment') }} asc
        ) as place
    from {{ ref('model_monitor', 'int_monitor__segment_effects') }}

),

segments as (

    select
        {{ key | join(',\n        ') }},
        segment,
        row_count,
        baseline_row_count,
        share,
        baseline_share,
        center + scale * value as value,
        center + scale * baseline_value as baseline_value,
        scale * mix_effect as mix_effect,
        scale * within_effect as within_effect,
        cast(null as {{ double }}) as mix_share,
        cast(null as {{ model_monitor.type_text() }}) as top_segment,
        cast(null as {{ double }}) as top_segment_share
    from effects

    union all

    select
        {{ key | join(',\n        ') }},
        '(all)' as segment,
        sum(row_count) as row_count,
        sum(baseline_row_count) as baseline_row_count,
        1.0 as share,
        1.0 as baseline_share,
        max(center) + max(scale) * max(whole_value) as value,
        max(center) + max(scale) * max(whole_baseline_value) as baseline_value,
        max(scale) * {{ model_monitor.exact_sum('mix_effect', 15) }} as mix_effect,
        max(scale) * {{ model_monitor.exact_sum('within_effect', 15) }} as within_effect,
        {{ model_monitor.safe_divide(
            model_monitor.exact_sum('mix_effect', 15), change
        ) }} as mix_share,
        max(case when place = 1 then segment end) as top_segment,
        {{ model_monitor.safe_divide(
            'max(case when place = 1 then mix_effect + within_effect end)', change
        ) }} as top_segment_share
    from effects
    group by {{ key | join(', ') }}

),

final as (

    select
        touched.monitor,
        touched.log,
        segments.role,
        segments.model_version,
        touched.window_name,
        touched.window_start,
        touched.window_end,
        segments.subject,
        segments.metric,
        segments.baseline,
        segments.dimension,
        segments.segment,
        cast(segments.row_count as bigint) as row_count,
        cast(segments.baseline_row_count as bigint) as baseline_row_count,
        cast(segments.share as {{ double }}) as share,
        cast(segments.baseline_share as {{ double }}) as baseline_share,
        cast(segments.value as {{ double }}) as value,
        cast(segments.baseline_value as {{ double }}) as baseline_value,
        cast(segments.mix_effect as {{ double }}) as mix_effect,
        cast(segments.within_effect as {{ double }}) as within_effect,
        cast(segments.mix_share as {{ double }}) as mix_share,
        segments.top_segment,
        cast(segments.top_segment_share as {{ double }}) as top_segment_share
    from segments
    inner join touched
        on segments.window_id = touched.window_id

)

select * from final
