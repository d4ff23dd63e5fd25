{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'window_name', 'window_end'],
    replaced_by='int_monitor__entity_windows'
) }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__entity_windows') }}
{%- set double = model_monitor.type_double() %}

with counts as (

    select * from {{ ref('model_monitor', 'int_monitor__entity_counts') }}

),

windows as (

    select * from {{ ref('model_monitor', 'int_monitor__entity_windows') }}

),

concentrations as (

    select * from {{ ref('model_monitor', 'int_monitor__concentrations') }}

),

series as (

    select distinct
        series_id,
        entity,
        role,
        model_version,
        slice_name,
        slice_value
    from counts
    where entity_key is not null

    union

    select
        all_series_id as series_id,
        entity,
        role,
        '(all)' as model_version,
        slice_name,
        slice_value
    from counts
    where entity_key is not null
        and role = 'live'

),

-- every entity shown within four weeks, if all of those days were counted
catalogues as (

    select
        window_ends.monitor,
        window_ends.window_end,
        counts.entity,
        count(distinct counts.entity_key) as catalogue_count
    from (select distinct monitor, window_end from windows) as window_ends
    inner join counts
        on window_ends.monitor = counts.monitor
        and counts.period_start < window_ends.window_end
        and counts.period_start
            >= window_ends.window_end - interval '{{ model_monitor.catalogue_days() }} days'
    where counts.role = 'live'
        and counts.slice_name = '(all)'
    group by window_ends.monitor, window_ends.window_end, counts.entity
    having sum(case when counts.entity_key is null then 1 else 0 end)
        = {{ model_monitor.catalogue_days() }}

),

days as (

    select
        windows.window_id,
        concentrations.series_id,
        concentrations.gini,
        windows.window_name,
        {{ dbt.datediff('windows.window_start', 'day_windows.window_start', 'day') }}
        - case windows.window_name when '7d' then 3e0 else 14.5e0 end as day_number
    from windows
    inner join {{ ref('model_monitor', 'int_monitor__windows') }} as day_windows
        on windows.monitor = day_windows.monitor
        and windows.log = day_windows.log
        and day_windows.window_start >= windows.window_start
        and day_windows.window_end <= windows.window_end
    inner join concentrations
        on day_windows.window_id = concentrations.window_id
    where day_windows.window_name = 'day'
        and windows.window_name in ('7d', '30d')

),

-- least squares: the rise of the daily Gini within a week, if no day is missing
trends as (

    select
        window_id,
        series_id,
        7e0 * {{ model_monitor.exact_sum('day_number * gini') }}
        / {{ model_monitor.exact_sum('day_number * day_number') }} as feedback_loop_index
    from days
    group by window_id, series_id, window_name
    having count(gini) = case window_name when '7d' then 7 else 30 end

),

final as (

    select
        windows.monitor,
        windows.log,
        series.role,
        series.model_version,
        windows.window_name,
        windows.window_start,
        windows.window_end,
        series.slice_name,
        series.slice_value,
        series.entity,
        concentrations.entity_count,
        concentrations.exposure_count,
        cast(concentrations.gini as {{ double }}) as gini,
        cast(concentrations.hhi as {{ double }}) as hhi,
        cast(concentrations.top_1pct_share as {{ double }}) as top_1pct_share,
        cast(concentrations.top_10pct_share as {{ double }}) as top_10pct_share,
        cast(concentrations.entropy as {{ double }}) as entropy,
        cast(1 / concentrations.hhi as {{ double }}) as effective_count,
        cast(catalogues.catalogue_count as bigint) as catalogue_count,
        -- relative to the live catalogue: a shadow version may choose entities that no
        -- live version did
        cast(case when windows.window_name <> '30d' and series.role = 'live'
            then {{ model_monitor.safe_divide(
                'concentrations.entity_count', 'catalogues.catalogue_count'
            ) }} end as {{ double }}) as coverage,
        cast(1 - concentrations.head_share as {{ double }}) as long_tail_share,
        cast(trends.feedback_loop_index as {{ double }}) as feedback_loop_index
    from windows
    inner join concentrations
        on windows.window_id = concentrations.window_id
    inner join series
        on concentrations.series_id = series.series_id
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on windows.monitor = monitors.monitor
    left join catalogues
        on windows.monitor = catalogues.monitor
        and windows.window_end = catalogues.window_end
        and series.entity = catalogues.entity
    left join trends
        on windows.window_id = trends.window_id
        and concentrations.series_id = trends.series_id
    where (series.slice_name = '(all)' or concentrations.exposure_count >= monitors.min_cell)
        and (windows.monitor, series.slice_name) not in (
            {{ model_monitor.protected_slices() }}
        )

)

select * from final
