{{ model_monitor.table_model() }}
{#- How many entities were shown how often, in the windows that are measured again and in their
    days. Covers each version and all live versions together; a month only over all rows. -#}

with measured as (

    select * from {{ ref('model_monitor', 'int_monitor__entity_windows') }}

),

windows as (

    select
        monitor,
        window_name,
        window_start,
        window_end,
        window_id
    from measured

    union

    select
        windows.monitor,
        windows.window_name,
        windows.window_start,
        windows.window_end,
        windows.window_id
    from {{ ref('model_monitor', 'int_monitor__windows') }} as windows
    inner join measured
        on windows.monitor = measured.monitor
        and windows.log = measured.log
        and windows.window_start >= measured.window_start
        and windows.window_end <= measured.window_end
    where windows.window_name = 'day'

),

counts as (

    select counts.*
    from {{ ref('model_monitor', 'int_monitor__entity_counts') }} as counts
    where counts.period_start >= (select min(windows.window_start) from windows)

),

-- the days of each window let a count find its windows without trying them all
window_days as (

    select
        windows.window_id,
        windows.window_name,
        windows.monitor,
        days.period_start
    from windows
    inner join (
        select distinct monitor, period_start from counts where entity_key is null
    ) as days
        on windows.monitor = days.monitor
        and days.period_start >= windows.window_start
        and days.period_start < windows.window_end

),

-- every count twice: as a part of its version, and of all live versions
shown as (

    {%- for series in ['series_id', 'all_series_id'] %}
    {{ 'union all' if not loop.first }}
    select
        monitor,
        period_start,
        slice_name,
        {{ series }} as series_id,
        entity_key,
        sum(exposure_count) as exposure_count
    from counts
    where entity_key is not null
        {{- " and role = 'live'" if series == 'all_series_id' }}
    group by monitor, period_start, slice_name, {{ series }}, entity_key
    {%- endfor %}

),

-- a window exists if every day of it was counted
covered as (

    select
        windows.window_id,
        counts.entity,
        counts.slice_name
    from windows
    inner join counts
        on windows.monitor = counts.monitor
        and counts.period_start >= windows.window_start
        and counts.period_start < windows.window_end
    where counts.entity_key is null
        and (counts.slice_name = '(all)' or windows.window_name <> '30d')
    group by windows.window_id, counts.entity, counts.slice_name, windows.window_name
    having count(*) = case windows.window_name when 'day' then 1 when '7d' then 7 else 30 end

),

series as (

    select distinct
        series_id,
        all_series_id,
        entity,
        slice_name
    from counts
    where entity_key is not null

),

covered_series as (

    select
        covered.window_id,
        series.series_id
    from covered
    inner join (
        select series_id, entity, slice_name from series
        union
        select all_series_id as series_id, entity, slice_name from series
    ) as series
        on covered.entity = series.entity
        and covered.slice_name = series.slice_name

),

entities as (

    select
        window_days.window_id,
        shown.series_id,
        shown.entity_key,
        sum(shown.exposure_count) as exposure_count
    from window_days
    inner join shown
        on window_days.monitor = shown.monitor
        and window_days.period_start = shown.period_start
        and (shown.slice_name = '(all)' or window_days.window_name <> '30d')
    group by window_days.window_id, shown.series_id, shown.entity_key

),

final as (

    select
        entities.window_id,
        entities.series_id,
        cast(entities.exposure_count as bigint) as exposure_count,
        count(*) as entity_count
    from entities
    inner join covered_series
        on entities.window_id = covered_series.window_id
        and entities.series_id = covered_series.series_id
    group by entities.window_id, entities.series_id, entities.exposure_count

)

select * from final
