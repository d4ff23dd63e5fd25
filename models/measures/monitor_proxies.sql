{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'window_name', 'window_end'],
    replaced_by='int_monitor__touched_windows'
) }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__touched_windows') }}
{%- set double = model_monitor.type_double() %}
{%- set key = ['outcome', 'proxy', 'role', 'model_version', 'slice_name', 'slice_value'] %}
{%- set added = model_monitor.proxy_counts() + model_monitor.proxy_sums() %}

with proxies as (

    {{ model_monitor.windows_of_sketch('int_monitor__proxies', key, added) | indent(4) }}

),

by_version as (

    select
        window_id,
        {{ model_monitor.listed_columns('', key) }}
        {%- for name in added %},
        sum({{ name }}) as {{ name }}
        {%- endfor %}
    from proxies
    group by window_id, {{ model_monitor.listed_columns('', key) }}

),

versions as (

    select * from by_version

    union all

    select
        window_id,
        outcome,
        proxy,
        role,
        '(all)' as model_version,
        slice_name,
        slice_value
        {%- for name in added %},
        sum({{ name }}) as {{ name }}
        {%- endfor %}
    from by_version
    where role in ('live', 'untreated')
    group by window_id, outcome, proxy, role, slice_name, slice_value

),

sums as (

    select
        window_id,
        {{ model_monitor.listed_columns('', key) }},
        matched_count,
        given_count,
        cast(matched_count as {{ double }}) as n,
        cast(given_count as {{ double }}) as n_given
        {%- for name in ['sum_x', 'sum_y', 'sum_y_given'] %},
        {{ model_monitor.from_fixed_point(name) }} as {{ name }}
        {%- endfor %}
        {%- for name in ['sum_xx', 'sum_yy', 'sum_xy', 'sum_yy_given'] %},
        {{ model_monitor.from_fixed_point(name, 2) }} as {{ name }}
        {%- endfor %}
    from versions

),

-- a slice publishes outcomes that follow the proxy and those that do not, if neither count is small
checked as (

    select
        sums.*,
        sums.slice_name = '(all)'
        or not (
            {{ model_monitor.are_few('given_count') }}
            or {{ model_monitor.are_few('(matched_count - given_count)') }}
        ) as has_parts
    from sums
    inner join {{ ref('model_monitor', 'int_monitor__touched_windows') }} as touched
        on sums.window_id = touched.window_id
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on touched.monitor = monitors.monitor
    where (sums.slice_name = '(all)' or sums.matched_count >= monitors.min_cell)
        and (touched.monitor, sums.slice_name) not in (
            {{ model_monitor.protected_slices() }}
        )

),

final as (

    select
        touched.monitor,
        touched.log,
        sums.role,
        sums.model_version,
        touched.window_name,
        touched.window_start,
        touched.window_end,
        sums.slice_name,
        sums.slice_value,
        sums.outcome,
        sums.proxy,
        coalesce(touched.window_end <= clocks.final_through, false) as is_final,
        cast(sums.matched_count as bigint) as matched_count,
        cast(case when sums.has_parts then sums.given_count end as bigint) as given_count,
        cast(sums.sum_x / sums.n as {{ double }}) as mean_proxy,
        cast(sums.sum_y / sums.n as {{ double }}) as mean_outcome,
        cast(case when sums.has_parts then sums.sum_y_given end / nullif(sums.n_given, 0)
            as {{ double }}) as outcome_given_proxy,
        cast(case when sums.has_parts then {{ model_monitor.mean_error(
            'sums.n_given', 'sums.sum_y_given', 'sums.sum_yy_given'
        ) }} end as {{ double }}) as outcome_given_proxy_error,
        cast(
            case when sums.has_parts then sums.sum_y - sums.sum_y_given end
            / nullif(sums.n - sums.n_given, 0) as {{ double }}
        ) as outcome_without_proxy,
        cast({{ model_monitor.pearson(
            'sums.n', 'sums.sum_x', 'sums.sum_y', 'sums.sum_xx', 'sums.sum_yy', 'sums.sum_xy'
        ) }} as {{ double }}) as correlation
    from checked as sums
    inner join {{ ref('model_monitor', 'int_monitor__touched_windows') }} as touched
        on sums.window_id = touched.window_id
    inner join {{ ref('model_monitor', 'int_monitor__outcome_watermarks') }} as clocks
        on touched.monitor = clocks.monitor
        and touched.log = clocks.log

)

select * from final
