{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'window_name', 'window_end'],
    replaced_by='int_monitor__touched_windows'
) }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__touched_windows') }}
{%- set counts = ['request_count', 'excluded_request_count', 'hit_count'] %}
{%- set double = model_monitor.type_double() %}
{%- set columns = ['ndcg', 'map', 'mrr', 'precision', 'recall', 'hit_rate'] %}
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

means as (

    select
        *
        {%- for column, total in {
            'ndcg': 'sum_ndcg', 'map': 'sum_ap', 'mrr': 'sum_rr', 'precision': 'sum_precision',
            'recall': 'sum_recall',
        }.items() %},
        {{ model_monitor.from_fixed_point(total) }} / nullif(request_count, 0) as {{ column }}
        {%- endfor %},
        {{ model_monitor.safe_divide('hit_count', 'request_count') }} as hit_rate
    from counts

),

final as (

    select
        touched.monitor,
        touched.log,
        means.role,
        means.model_version,
        touched.window_name,
        touched.window_start,
        touched.window_end,
        means.slice_name,
        means.slice_value,
        means.outcome,
        means.score,
        means.k,
        coalesce(touched.window_end <= clocks.final_through, false) as is_final,
        cast(means.request_count as bigint) as request_count,
        cast(means.excluded_request_count as bigint) as excluded_request_count
        {%- for column in columns %},
        cast(means.{{ column }} as {{ double }}) as {{ column }}
        {%- endfor %}
        {%- for column in columns %},
        -- a mean of numbers between 0 and 1 varies at most as much as a share of as many requests
        cast({{ model_monitor.wilson_lower(
            'means.' ~ column ~ ' * means.request_count', 'means.request_count'
        ) }} as {{ double }}) as {{ column }}_lower,
        cast({{ model_monitor.wilson_upper(
            'means.' ~ column ~ ' * means.request_count', 'means.request_count'
        ) }} as {{ double }}) as {{ column }}_upper
        {%- endfor %}
    from means
    inner join {{ ref('model_monitor', 'int_monitor__touched_windows') }} as touched
        on means.window_id = touched.window_id
    inner join {{ ref('model_monitor', 'int_monitor__outcome_watermarks') }} as clocks
        on touched.monitor = clocks.monitor
        and touched.log = clocks.log
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on touched.monitor = monitors.monitor
    -- a protected group may have few requests even if it has many rows
    where (means.slice_name = '(all)' or means.request_count >= monitors.min_cell)
        and (touched.monitor, means.slice_name) not in (
            {{ model_monitor.protected_slices() }}
        )

)

select * from final
