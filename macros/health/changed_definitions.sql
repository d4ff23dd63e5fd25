{#
    Notices of subjects whose definition changed after their ruler froze, so nothing is compared with
    it, and for four weeks those of metrics, which begin a new history. `watermarks` has the latest
    row of each log.
#}
{% macro changed_definition_rows(watermarks) -%}
{%- set four_weeks_ago = dbt.dateadd('day', -28, "date_trunc('day', latest.as_of)") -%}
select
    'changed_definition' as kind,
    'warn' as severity,
    subjects.monitor,
    subjects.log,
    subjects.subject,
    subjects.monitor || ' › ' || subjects.log || ' › ' || subjects.subject || ': its definition'
    || ' has changed since its ruler was frozen, so its distribution is compared with nothing'
    || ' until it is rebuilt.' as evidence,
    'model-monitor rebuild --from ' || {{ model_monitor.shown_time(four_weeks_ago) }}
    || ' --monitor ' || {{ model_monitor.as_argument('subjects.monitor') }}
    || ' --subject ' || {{ model_monitor.as_argument('subjects.subject') }} as suggested_command
from {{ ref('model_monitor', 'int_monitor__subjects') }} as subjects
inner join {{ ref('model_monitor', 'int_monitor__ruler_subjects') }} as rulers
    on subjects.monitor = rulers.monitor
    and subjects.log = rulers.log
    and subjects.subject = rulers.subject
    and subjects.definition <> rulers.definition
inner join {{ watermarks }} as latest
    on subjects.monitor = latest.monitor
    and subjects.log = latest.log
    and latest.evaluation <> 'not_evaluated'

union all

select
    'changed_definition' as kind,
    'info' as severity,
    starts.monitor,
    starts.log,
    starts.metric as subject,
    starts.monitor || ' › ' || starts.log || ' › ' || starts.metric || ': its definition has changed.'
    || ' It is compared with its values since ' || {{ model_monitor.shown_time('starts.starts_at') }}
    || ' alone, until earlier days are rebuilt.' as evidence,
    'model-monitor rebuild --from ' || {{ model_monitor.shown_time(four_weeks_ago) }}
    || ' --monitor ' || {{ model_monitor.as_argument('starts.monitor') }} as suggested_command
from ({{ model_monitor.metric_start_rows() | indent(4) }}) as starts
inner join {{ watermarks }} as latest
    on starts.monitor = latest.monitor
    and starts.log = latest.log
    and latest.evaluation <> 'not_evaluated'
where starts.starts_at > {{ four_weeks_ago }}
{%- endmacro %}
