{#
    Notices of new labels that count for nothing: they match no prediction, or their outcome or
    their arrival time is unknown. `watermarks` has the latest row of each log.
#}
{% macro label_notice_rows(watermarks) -%}
{%- set text = model_monitor.type_text() -%}
{%- set limits = model_monitor.notice_limits() -%}
select
    'unmatched_labels' as kind,
    'info' as severity,
    monitor,
    log,
    monitor || ' › ' || log || ': ' || {{ model_monitor.as_text('unmatched_label_count') }}
    || ' of ' || {{ model_monitor.as_text('new_row_count') }}
    || ' new labels match no prediction yet. They count once the prediction arrives.'
        as evidence,
    cast(null as {{ text }}) as suggested_command
from {{ watermarks }}
where unmatched_label_count >= {{ limits.unmatched_count }}
    and unmatched_label_count >= {{ limits.unmatched_share }} * coalesce(new_row_count, 0)

union all

select
    'ignored_labels' as kind,
    'warn' as severity,
    monitor,
    log,
    monitor || ' › outcomes: rows are ignored, because their outcome is not configured or they'
    || ' have no arrival time: ' || undeclared_outcomes || '.' as evidence,
    'model-monitor doctor' as suggested_command
from {{ watermarks }}
where undeclared_label_count > 0
{%- endmacro %}
