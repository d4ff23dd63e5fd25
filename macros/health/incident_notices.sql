{#
    Notices of incidents that may go unseen: no contact is notified of them, or their data stopped
    while they were open.
#}
{% macro incident_notice_rows() -%}
with incidents as (

    select
        *,
        max(last_seen_at) over () as latest_seen_at
    from {{ ref('model_monitor', 'monitor_incidents') }}

)

select
    'unrouted_incident' as kind,
    'warn' as severity,
    incidents.monitor,
    incidents.log,
    incidents.subject,
    incidents.slice_name,
    incidents.slice_value,
    incidents.since,
    'No contact is notified of this incident: ' || unrouted.message as evidence,
    'model-monitor explain ' || substr(incidents.alert_id, 1, 8) as suggested_command
from {{ ref('model_monitor', 'int_monitor__unrouted_incidents') }} as unrouted
inner join incidents
    on unrouted.incident_id = incidents.incident_id

union all

select
    'stale_incident' as kind,
    'warn' as severity,
    monitor,
    log,
    subject,
    slice_name,
    slice_value,
    since,
    'Still open when its data stopped: ' || message || ' (last seen '
    || {{ model_monitor.shown_time('last_seen_at') }} || ')' as evidence,
    'model-monitor explain ' || substr(alert_id, 1, 8) as suggested_command
from incidents
where state = 'stale'
    and inhibited_by is null
    and silenced_by is null
    and (nature <> 'expected' or is_safety)
    and severity <> 'info'
    and last_seen_at >= latest_seen_at - interval '28 days'
{%- endmacro %}
