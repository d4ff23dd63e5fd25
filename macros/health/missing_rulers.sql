{#
    Notices of logs whose rulers are not frozen yet. Without training data a log is its own
    reference, so evaluation starts later. `watermarks` has the latest row of each log.
#}
{% macro missing_ruler_rows(watermarks) -%}
select
    'no_ruler' as kind,
    'info' as severity,
    windows.monitor,
    windows.log,
    windows.reference_from as since,
    windows.monitor || ' › ' || windows.log || ' is not evaluated yet.'
    || ' Its rulers will be frozen from ' || case
        when windows.reference_to is null
            then 'its first full days, and no week has rows on at least five days yet.'
                || ' To evaluate it now, set reference: to training data'
                || ' or to a period of the log.'
        else 'its rows of ' || {{ model_monitor.shown_time('windows.reference_from') }}
            || ' to ' || {{ model_monitor.shown_time('windows.reference_to') }}
            || '. To evaluate it now, set reference: to training data.'
    end as evidence,
    'model-monitor doctor --rulers' as suggested_command
from {{ ref('model_monitor', 'int_monitor__reference_windows') }} as windows
inner join {{ watermarks }} as latest
    on windows.monitor = latest.monitor
    and windows.log = latest.log
    and latest.evaluation = 'evaluated'
where not windows.is_ready
{%- endmacro %}
