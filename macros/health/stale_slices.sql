{#
    Notices of slices whose frozen vocabulary has grown old: a larger share of the rows has a value
    that is reported as (other) than in the first week.
#}
{% macro stale_slice_rows() -%}
{%- set limits = model_monitor.notice_limits() -%}
-- rows of each slice that its frozen vocabulary does not name
with others as (

    select
        monitor,
        log,
        slice_name,
        window_start,
        max(case when slice_value = '(other)' then row_count else 0 end) as other_count,
        -- the slice (all) has more rows than any other slice
        max(max(row_count)) over (partition by monitor, log, window_start) as row_count,
        min(window_start) over (partition by monitor, log) as first_day,
        max(window_start) over (partition by monitor, log) as last_day
    from {{ ref('model_monitor', 'monitor_profiles') }}
    where role = 'live'
        and model_version = '(all)'
        and window_name = 'day'
    group by monitor, log, slice_name, window_start

),

other_shares as (

    select
        monitor,
        log,
        slice_name,
        last_day - interval '6 days' as since,
        sum(case when window_start < first_day + interval '7 days' then other_count end) * 1e0
        / nullif(sum(case when window_start < first_day + interval '7 days' then row_count end), 0)
            as share_before,
        sum(case when window_start > last_day - interval '7 days' then other_count end) * 1e0
        / nullif(sum(case when window_start > last_day - interval '7 days' then row_count end), 0)
            as share_now
    from others
    where slice_name <> '(all)'
        and position('+' in slice_name) = 0
    group by monitor, log, slice_name, last_day

)

select
    'stale_slice_values' as kind,
    'warn' as severity,
    monitor,
    log,
    slice_name,
    '(other)' as slice_value,
    since,
    monitor || ' › ' || log || ': ' || {{ model_monitor.shown_percent('share_now') }}
    || ' of the rows in the last 7 days have a ' || slice_name
    || ' that is reported as (other), up from '
    || {{ model_monitor.shown_percent('share_before') }} || ' in the first week.' as evidence,
    'model-monitor rebuild --from ' || {{ model_monitor.shown_time('since') }} || ' --monitor '
    || monitor || ' --slice ' || {{ model_monitor.as_argument('slice_name') }}
        as suggested_command
from other_shares
where share_now >= share_before + {{ limits.other_share }}
{%- endmacro %}
