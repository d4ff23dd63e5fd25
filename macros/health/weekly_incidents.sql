{#
    The incidents of each week of `weeks`: how many concern the data, how many are open at its end,
    and how many of these recommend each of `actions`. An incident of a version also counts for its
    monitor, and one of all rows for each version.
#}
{% macro weekly_incident_rows(weeks, actions) -%}
{%- set is_still_open = 'incidents.ended_at is null or incidents.ended_at > weeks.week_end' -%}
with incidents as (

    select
        *,
        coalesce(resolved_at, accepted_at) as ended_at,
        family in ('quality', 'volume', 'freshness')
        or (family = 'metrics' and subject = 'duplicate_share') as is_of_data
    from {{ ref('model_monitor', 'monitor_incidents') }}
    where inhibited_by is null
        and (nature <> 'expected' or is_safety)

)

select
    weeks.monitor,
    weeks.model_version,
    weeks.week_end,
    count(case when incidents.is_of_data then 1 end) as data_quality_incidents,
    count(case when {{ is_still_open }} then 1 end) as open_incidents,
    {%- for action in actions %}
    count(
        case
            when incidents.recommended_action = '{{ action }}' and ({{ is_still_open }}) then 1
        end
    ) as {{ action }}_count,
    {%- endfor %}
    {{ model_monitor.joined_texts(
        "incidents.severity || ': ' || incidents.what", is_still_open
    ) }} as open_texts
from {{ weeks }} as weeks
inner join incidents
    on weeks.monitor = incidents.monitor
    and incidents.opened_at <= weeks.week_end
    and (incidents.ended_at is null or incidents.ended_at > weeks.week_start)
    and (
        weeks.model_version = '(all)'
        or incidents.model_version in ('(all)', weeks.model_version)
    )
group by weeks.monitor, weeks.model_version, weeks.week_end
{%- endmacro %}
