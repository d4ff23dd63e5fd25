{#- The number of rows at the exact minimum and maximum of a touched window: over all rows only, per
    version and for all live versions. The count of a day at its own extremes applies here if the
    window has the same extremes. -#}
{{ model_monitor.table_model() }}

with touched as (

    select * from {{ ref('model_monitor', 'int_monitor__touched_windows') }}

),

by_version as (

    select
        bins.monitor,
        bins.log,
        bins.role,
        bins.model_version,
        touched.window_name,
        touched.window_end,
        bins.subject,
        bins.bin,
        bins.value_min as value,
        sum(bins.row_count) as row_count
    from {{ ref('model_monitor', 'int_monitor__bins') }} as bins
    inner join touched
        on bins.monitor = touched.monitor
        and bins.log = touched.log
        and bins.grain = touched.grain
        and bins.period_time >= touched.window_start
        and bins.period_time < touched.window_end
    where bins.bin in (-4, -5)
        and bins.slice_name = '(all)'
    group by
        bins.monitor,
        bins.log,
        bins.role,
        bins.model_version,
        touched.window_name,
        touched.window_end,
        bins.subject,
        bins.bin,
        bins.value_min

),

all_versions as (

    select
        monitor,
        log,
        role,
        '(all)' as model_version,
        window_name,
        window_end,
        subject,
        bin,
        value,
        sum(row_count) as row_count
    from by_version
    where role = 'live'
    group by monitor, log, role, window_name, window_end, subject, bin, value

),

versions as (

    select * from by_version
    union all
    select * from all_versions

),

ranked as (

    select
        *,
        row_number() over (
            partition by monitor, log, role, model_version, window_name, window_end, subject, bin
            order by case when bin = -4 then value else -value end
        ) as extremity
    from versions

),

final as (

    select
        monitor,
        log,
        role,
        model_version,
        window_name,
        window_end,
        subject,
        cast(max(case when bin = -4 then row_count end) as bigint) as at_min_count,
        cast(max(case when bin = -5 then row_count end) as bigint) as at_max_count
    from ranked
    where extremity = 1
    group by monitor, log, role, model_version, window_name, window_end, subject

)

select * from final
