{#
    The most severe open alert of each version, with the number of its open alerts. An alert of a
    version also counts for its monitor, as version (all).
#}
{% macro worst_alert_rows() -%}
with open_alerts as (

    select
        monitor,
        model_version,
        severity,
        coalesce(decided_action, recommended_action) as recommended_action,
        strength,
        alert_id
    from {{ ref('model_monitor', 'monitor_alerts') }}
    where state in ('firing', 'acknowledged')
        and inhibited_by is null
        and silenced_by is null
        and (nature <> 'expected' or is_safety)

),

version_alerts as (

    select * from open_alerts
    union all
    select
        monitor,
        '(all)' as model_version,
        severity,
        recommended_action,
        strength,
        alert_id
    from open_alerts
    where model_version <> '(all)'

),

ranked as (

    select
        *,
        count(*) over (partition by monitor, model_version) as open_alert_count,
        row_number() over (
            partition by monitor, model_version
            order by
                {{ model_monitor.severity_rank('severity') }} desc,
                strength desc,
                alert_id asc
        ) as severity_order
    from version_alerts

)

select *
from ranked
where severity_order = 1
{%- endmacro %}
