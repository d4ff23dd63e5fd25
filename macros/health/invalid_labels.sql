{#
    Notices of outcomes with invalid labels in the latest 7 days whose label window closed.
#}
{% macro invalid_label_rows() -%}
-- a label counts once the label window of its prediction has closed
with labelled_days as (

    select
        *,
        max(window_start) over (partition by monitor, log) as last_day
    from {{ ref('model_monitor', 'monitor_labels') }}
    where role = 'live'
        and model_version = '(all)'
        and slice_name = '(all)'
        and window_name = 'day'
        and matured_count > 0

)

select
    'invalid_labels' as kind,
    'warn' as severity,
    monitor,
    log,
    outcome as subject,
    min(case when invalid_outcome_count > 0 then window_start end) as since,
    monitor || ' › ' || outcome || ': '
    || {{ model_monitor.as_text('cast(sum(invalid_outcome_count) as bigint)') }} || ' of '
    || {{ model_monitor.as_text('cast(sum(matured_count) as bigint)') }}
    || ' predictions have an invalid label (latest 7 days whose label window closed).'
        as evidence,
    'model-monitor doctor' as suggested_command
from labelled_days
where window_start > last_day - interval '7 days'
group by monitor, log, outcome
having sum(invalid_outcome_count) > 0
{%- endmacro %}
