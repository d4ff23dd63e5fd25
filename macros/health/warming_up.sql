{#
    Notices of monitors whose baseline is warming up. Of a monitor whose distributions are not
    evaluated daily, days say nothing about the baseline: `coverage` tells which these are
    (is_slow).
#}
{% macro warming_up_rows(coverage) -%}
{%- set learning = model_monitor.learning_windows() | trim -%}
{%- set text = model_monitor.type_text() -%}
with days as (

    select
        monitor,
        window_end,
        history_windows,
        max(window_end) over (partition by monitor) as last_end
    from {{ ref('model_monitor', 'monitor_drift') }}
    where role = 'live'
        and window_name = 'day'
        and slice_name = '(all)'

),

histories as (

    select
        monitor,
        max(history_windows) as history_windows
    from days
    where window_end = last_end
    group by monitor

)

select
    'warming_up' as kind,
    'info' as severity,
    histories.monitor,
    histories.monitor || ': baseline warming up: '
    || {{ model_monitor.as_text('histories.history_windows') }} || ' of {{ learning }} days.'
    || ' Until then slices and distances from the reference are not evaluated, and alerts are'
    || ' at most warnings.' as evidence,
    cast(null as {{ text }}) as suggested_command
from histories
left join {{ coverage }} as coverage
    on histories.monitor = coverage.monitor
where histories.history_windows < {{ learning }}
    and coalesce(coverage.is_slow, 0) = 0
{%- endmacro %}
