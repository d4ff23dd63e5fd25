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

with by_version as (

    select
        window_periods.window_id,
        {{ model_monitor.listed_columns('rankings', key) }}
        {%- for name in counts %},
        sum(rankings.{{ name }}) as {{ name }}
        {%- endfor %}
        {%- for name in model_monitor.ranking_sums() %},
        sum(rankings.{{ name }}) as {{ name }}
        {%- endfor %}
    from {{ ref('model_monitor', 'int_monitor__window_periods') }} as window_periods
    inner join {{ ref('model_monitor', 'int_monitor__rankings') }} as rankings
        on window_periods.monitor = rankings.monitor
        and window_periods.log = rankings.log
        and window_periods.period_time = rankings.period_start
    where (window_periods.has_slices or rankings.slice_name = '(all)')
        and (window_periods.has_combinations or position('+' in rankings.slice_name) = 0)
    group by window_periods.window_id, {{ model_monitor.listed_columns('rankings', key) }}

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
    where role = 'live'
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
