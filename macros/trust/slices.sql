{# The slices of a day whose row sum differs most from all rows. Only days are checked: a day
    is always counted completely, but a window of several days may be older than a slice that
    was configured later. #}
{% macro trust_slices() %}
with checked as (

    {{ model_monitor.checked_windows('int_monitor__touched_windows') }}

),

day_profiles as (

    select profiles.*
    from {{ ref('model_monitor', 'monitor_profiles') }} as profiles
    inner join checked
        on profiles.monitor = checked.monitor
        and profiles.log = checked.log
        and profiles.window_name = checked.window_name
        and profiles.window_end = checked.window_end
    where profiles.window_name = 'day'

),

wholes as (

    select * from day_profiles where slice_name = '(all)'

),

published as (

    select
        monitor,
        log,
        role,
        model_version,
        window_end,
        slice_name,
        subject,
        sum(row_count) as row_count
    from day_profiles
    where slice_name <> '(all)'
    group by monitor, log, role, model_version, window_end, slice_name, subject

),

-- includes the slices that are too small to publish, but no subject that is protected: its profile
-- is not published
counted as (

    select
        sums.monitor,
        sums.log,
        sums.role,
        sums.model_version,
        sums.window_end,
        series.slice_name,
        series.subject,
        sum(sums.row_count) as row_count
    from {{ ref('model_monitor', 'int_monitor__window_sums') }} as sums
    inner join checked
        on sums.monitor = checked.monitor
        and sums.log = checked.log
        and sums.window_name = checked.window_name
        and sums.window_end = checked.window_end
    inner join {{ ref('model_monitor', 'int_monitor__series') }} as series
        on sums.series_id = series.series_id
    left join {{ ref('model_monitor', 'int_monitor__subjects') }} as subjects
        on series.monitor = subjects.monitor
        and series.log = subjects.log
        and series.subject = subjects.subject
    where sums.window_name = 'day'
        and series.slice_name <> '(all)'
        and not coalesce(subjects.is_protected, false)
    group by
        sums.monitor,
        sums.log,
        sums.role,
        sums.model_version,
        sums.window_end,
        series.slice_name,
        series.subject

),

final as (

    select
        counted.monitor,
        counted.log,
        counted.role,
        counted.model_version,
        counted.window_end,
        counted.slice_name,
        counted.subject,
        cast(wholes.row_count as bigint) as whole_row_count,
        cast(counted.row_count as bigint) as slices_row_count,
        cast(coalesce(published.row_count, 0) as bigint) as published_row_count
    from counted
    left join wholes
        on counted.monitor = wholes.monitor
        and counted.log = wholes.log
        and counted.role = wholes.role
        and counted.model_version = wholes.model_version
        and counted.window_end = wholes.window_end
        and counted.subject = wholes.subject
    left join published
        on counted.monitor = published.monitor
        and counted.log = published.log
        and counted.role = published.role
        and counted.model_version = published.model_version
        and counted.window_end = published.window_end
        and counted.slice_name = published.slice_name
        and counted.subject = published.subject
    order by
        case when wholes.row_count is null then 0 else 1 end,
        greatest(
            abs(counted.row_count - wholes.row_count),
            coalesce(published.row_count, 0) - counted.row_count
        ) desc
    limit 1000

)

select * from final
{% endmacro %}
