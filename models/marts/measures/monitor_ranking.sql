{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['monitor', 'log', 'window_name', 'window_end'],
    meta={'replaced_by': 'int_monitor__touched_windows'},
    on_schema_change='append_new_columns',
    full_refresh=false
) }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__touched_windows') }}
{%- set counts = ['request_count', 'excluded_request_count', 'hit_count'] %}
{%- set key = ['outcome', 'role', 'model_version', 'slice_name', 'slice_value', 'score', 'k'] %}

with rankings as (

    {{ model_monitor.windows_of_sketch(
        'int_monitor__rankings', key + counts, model_monitor.ranking_sums()
    ) | indent(4) }}

),

by_version as (

    select
        window_id,
        {{ model_monitor.listed_columns('', key) }}
        {%- for name in counts %},
        sum({{ name }}) as {{ name }}
        {%- endfor %}
        {%- for name in model_monitor.ranking_sums() %},
        sum({{ name }}) as {{ name }}
        {%- endfor %}
    from rankings
    group by window_id, {{ model_monitor.listed_columns('', key) }}

),

counts as (

    select * from by_version

    union all

    select
        window_id,
        outcome,
        role,
        '(all)' as model_version,
        slice_name,
        slice_value,
        score,
        k
        {%- for name in counts %},
        sum({{ name }}) as {{ name }}
        {%- endfor %}
        {%- for name in model_monitor.ranking_sums() %},
        sum({{ name }}) as {{ name }}
        {%- endfor %}
    from by_version
    where role in ('live', 'untreated')
    group by window_id, outcome, role, slice_name, slice_value, score, k

),

final as (

    select
        touched.monitor,
        touched.log,
        counts.role,
        counts.model_version,
        touched.window_name,
        touched.window_start,
        touched.window_end,
        counts.slice_name,
        counts.slice_value,
        counts.outcome,
        counts.score,
        counts.k,
        coalesce(touched.window_end <= clocks.final_through, false) as is_final,
        cast(counts.request_count as bigint) as request_count,
        cast(counts.excluded_request_count as bigint) as excluded_request_count
        {%- for column, total in {
            'ndcg': 'sum_ndcg', 'map': 'sum_ap', 'mrr': 'sum_rr', 'precision': 'sum_precision',
            'recall': 'sum_recall',
        }.items() %},
        cast(
            {{ model_monitor.from_fixed_point('counts.' ~ total) }}
            / nullif(counts.request_count, 0)
            as {{ model_monitor.type_double() }}
        ) as {{ column }}
        {%- endfor %},
        cast(
            {{ model_monitor.safe_divide('counts.hit_count', 'counts.request_count') }}
            as {{ model_monitor.type_double() }}
        ) as hit_rate
    from counts
    inner join {{ ref('model_monitor', 'int_monitor__touched_windows') }} as touched
        on counts.window_id = touched.window_id
    inner join {{ ref('model_monitor', 'int_monitor__outcome_clocks') }} as clocks
        on touched.monitor = clocks.monitor
        and touched.log = clocks.log
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on touched.monitor = monitors.monitor
    where counts.slice_name = '(all)'
        or counts.request_count >= monitors.min_cell

)

select * from final
