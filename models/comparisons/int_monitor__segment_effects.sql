{#- Splits the change of each overall value by segment: what a segment adds through its share of the
    rows (mix shift) and through its own value (within-segment change). Both columns add up to the
    total change, except for its last three digits. -#}
{{ model_monitor.table_model() }}
{%- set key = [
    'window_id', 'role', 'model_version', 'subject', 'metric', 'baseline', 'dimension',
] %}
{%- set whole = key | join(', ') %}
{%- set parts = key + [
    'segment', 'row_count', 'baseline_row_count', 'value', 'baseline_value', 'center', 'scale',
    'share', 'baseline_share', 'v', 'v_0',
] %}

with shares as (

    select
        *,
        {{ model_monitor.safe_divide(
            'row_count', 'sum(row_count) over (partition by ' ~ whole ~ ')'
        ) }} as share,
        {{ model_monitor.safe_divide(
            'baseline_row_count', 'sum(baseline_row_count) over (partition by ' ~ whole ~ ')'
        ) }} as baseline_share
    from {{ ref('model_monitor', 'int_monitor__segment_values') }}

),

-- a segment that one side lacks has no within-segment change
completed as (

    select
        shares.*,
        coalesce(value, baseline_value) as v,
        coalesce(baseline_value, value) as v_0
    from shares
    where share is not null
        and baseline_share is not null

),

wholes as (

    select
        {{ key | join(',\n        ') }},
        {{ model_monitor.exact_sum('share * v', 15) }} as whole_value,
        {{ model_monitor.exact_sum('baseline_share * v_0', 15) }} as whole_baseline_value
    from completed
    group by {{ whole }}

),

final as (

    select
        {{ model_monitor.listed_columns('completed', parts) }},
        wholes.whole_value,
        wholes.whole_baseline_value,
        {{ model_monitor.mix_term(
            'share', 'baseline_share', 'v', 'v_0',
            '(wholes.whole_value + wholes.whole_baseline_value) / 2.0'
        ) }} as mix_effect,
        {{ model_monitor.within_term('share', 'baseline_share', 'v', 'v_0') }} as within_effect
    from completed
    inner join wholes
        on {{ model_monitor.joined_on('completed', 'wholes', key) }}

)

select * from final
