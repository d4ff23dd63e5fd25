{{ model_monitor.table_model() }}
{#- The resolution of each series at its latest windows, since when, and how much evidence its
    windows of that length have. -#}
{%- set series = [
    'monitor', 'log', 'model_version', 'slice_name', 'slice_value', 'subject', 'evidence',
    'evidence_need',
] %}

with resolutions as (

    select * from {{ ref('model_monitor', 'int_monitor__resolutions') }}

),

latest as (

    select
        monitor,
        log,
        max(window_end) as window_end
    from resolutions
    group by monitor, log

),

-- the length at the end of each day, and the last day before the current length
by_day as (

    select
        {{ model_monitor.listed_columns('', series) }},
        window_end,
        max(case when is_resolution then window_name end) as resolution,
        max(case when is_longer then window_name end) as longer_window
    from resolutions
    group by {{ model_monitor.listed_columns('', series) }}, window_end

),

current_lengths as (

    select
        {{ model_monitor.listed_columns('by_day', series) }},
        by_day.window_end,
        by_day.resolution,
        by_day.longer_window
    from by_day
    inner join latest
        on {{ model_monitor.joined_on('by_day', 'latest', ['monitor', 'log', 'window_end']) }}

),

starts as (

    select
        {{ model_monitor.listed_columns('current_lengths', series) }},
        current_lengths.window_end,
        current_lengths.resolution,
        current_lengths.longer_window,
        min(case when by_day.resolution is not null then by_day.window_end end) as watched_from,
        min(by_day.window_end) as first_window_end,
        max(case
            when coalesce(by_day.resolution, '') <> coalesce(current_lengths.resolution, '')
                then by_day.window_end
        end) as last_other_end
    from current_lengths
    inner join by_day
        on {{ model_monitor.joined_on('current_lengths', 'by_day', series) }}
    group by
        {{ model_monitor.listed_columns('current_lengths', series) }},
        current_lengths.window_end,
        current_lengths.resolution,
        current_lengths.longer_window

),

-- the last eight windows of the length, or of the longest one if none has enough
counted as (

    select
        {{ model_monitor.listed_columns('starts', series) }},
        resolutions.window_name,
        percentile_cont(0.5) within group (order by resolutions.row_count) as usual_count,
        percentile_cont(0.5) within group (order by resolutions.evidence_count) as usual_evidence,
        max(case when resolutions.window_end = starts.window_end then resolutions.dispersion end)
            as dispersion
    from starts
    inner join resolutions
        on {{ model_monitor.joined_on('starts', 'resolutions', series) }}
        and resolutions.window_end > starts.window_end - interval '8 days'
        and resolutions.window_end <= starts.window_end
    group by {{ model_monitor.listed_columns('starts', series) }}, resolutions.window_name

),

lengths as (

    select
        starts.*,
        counted.usual_count,
        counted.usual_evidence,
        counted.dispersion,
        counted.window_name as counted_window,
        min(case when counted.window_name = 'day' then counted.usual_evidence end) over (
            partition by {{ model_monitor.listed_columns('starts', series) }}
        ) as evidence_of_a_day,
        row_number() over (
            partition by {{ model_monitor.listed_columns('starts', series) }}
            order by
                case when starts.resolution = counted.window_name then 0 else 1 end,
                case counted.window_name when '30d' then 0 when '7d' then 1 else 2 end
        ) as priority
    from starts
    inner join counted
        on {{ model_monitor.joined_on('starts', 'counted', series) }}

),

final as (

    select
        {{ model_monitor.listed_columns('', series) }},
        window_end,
        resolution,
        longer_window,
        watched_from,
        first_window_end,
        last_other_end,
        usual_count,
        usual_evidence,
        dispersion,
        counted_window,
        evidence_of_a_day
    from lengths
    where priority = 1

)

select * from final
