{#
    The reviewed `incidents` of each week of `weeks`: how many concern the data, how many are open
    at its end, how many of these ask for an action, and how many for each of `actions`. An incident
    of a version also counts for its monitor, and one of all rows for each version. One of severity
    `info` counts nowhere.
#}
{% macro weekly_incident_rows(weeks, incidents, actions) -%}
{%- set is_still_open = 'incidents.ended_at is null or incidents.ended_at > weeks.week_end' -%}
select
    weeks.monitor,
    weeks.model_version,
    weeks.week_end,
    count(case when incidents.is_of_data then 1 end) as data_quality_incidents,
    count(case when {{ is_still_open }} then 1 end) as open_incidents,
    count(case when incidents.action is not null and ({{ is_still_open }}) then 1 end)
        as asking_count,
    {%- for action in actions %}
    count(case when incidents.action = '{{ action }}' and ({{ is_still_open }}) then 1 end)
        as {{ action }}_count,
    {%- endfor %}
    {{ model_monitor.joined_texts(
        "incidents.severity || ': ' || incidents.what", is_still_open
    ) }} as open_texts
from {{ weeks }} as weeks
inner join {{ incidents }} as incidents
    on weeks.monitor = incidents.monitor
    and incidents.opened_at <= weeks.week_end
    and (incidents.ended_at is null or incidents.ended_at > weeks.week_start)
    and {{ model_monitor.concerns_version('weeks', 'incidents') }}
group by weeks.monitor, weeks.model_version, weeks.week_end
{%- endmacro %}

{#
    The incidents that a review counts. The action is the recommended one, or the one that a person
    chose; null if the incident only needs watching, or a person said that it is no fault.
#}
{% macro reviewed_incident_rows() -%}
select
    incidents.monitor,
    incidents.model_version,
    incidents.severity,
    incidents.what,
    incidents.opened_at,
    coalesce(incidents.resolved_at, incidents.accepted_at) as ended_at,
    incidents.family in ('quality', 'volume', 'freshness')
    or (incidents.family = 'metrics' and incidents.subject = 'duplicate_share') as is_of_data,
    case
        when coalesce(alerts.decision, 'true') = 'true'
            then nullif(nullif(
                coalesce(alerts.decided_action, incidents.recommended_action), 'monitor'
            ), 'ignore')
    end as action
from {{ ref('model_monitor', 'monitor_incidents') }} as incidents
left join {{ ref('model_monitor', 'monitor_alerts') }} as alerts
    on incidents.alert_id = alerts.alert_id
where incidents.severity <> 'info'
    and incidents.inhibited_by is null
    and (incidents.nature <> 'expected' or incidents.is_safety)
{%- endmacro %}

{# Whether a row of a version, or of all versions, counts for the version of a week. #}
{% macro concerns_version(weeks, rows) -%}
(
        {{ weeks }}.model_version = '(all)'
        or {{ rows }}.model_version in ('(all)', {{ weeks }}.model_version)
    )
{%- endmacro %}
