{#
    What requests an action in each week of `weeks`: how many triggers, how many of each of
    `actions` that nothing blocks, and why, as far as the open incidents of the week do not say it.
    For the newest week these are the triggers of now. For an earlier week they are those in
    monitor_audit: a schedule counts until a version is deployed after it, a rollback until its
    incident ends.
#}
{% macro weekly_trigger_rows(weeks, incidents, actions) -%}
with deploys as (

    select
        monitor,
        deployed_at
    from {{ ref('model_monitor', 'stg_monitor__versions') }}
    where coalesce(stage, '') not in ('challenger', 'shadow', 'canary', 'candidate')

),

recorded as (

    select
        monitor,
        subject as kind,
        decision as action,
        acted_at as fired_at,
        reason
    from {{ ref('model_monitor', 'monitor_audit') }}
    where act = 'trigger'

),

-- the reason of a recorded trigger begins with its version
scheduled as (

    select
        recorded.monitor,
        recorded.kind,
        recorded.action,
        recorded.fired_at,
        recorded.reason,
        min(deploys.deployed_at) as ended_at
    from recorded
    left join deploys
        on recorded.monitor = deploys.monitor
        and recorded.fired_at < deploys.deployed_at
    where recorded.kind in ('age', 'schedule', 'label_volume', 'event')
    group by
        recorded.monitor, recorded.kind, recorded.action, recorded.fired_at, recorded.reason

),

requests as (

    select
        weeks.monitor,
        weeks.model_version,
        weeks.week_end,
        triggers.action,
        triggers.state = 'blocked' as is_blocked,
        case
            when triggers.kind not in ('drift', 'performance', 'incident')
                or triggers.is_mandatory
                or triggers.fired_at > weeks.week_end
                or coalesce(triggers.blocked_by, triggers.candidate_version) is not null
                then {{ model_monitor.trigger_text(
                    'triggers', 'triggers.reasons', is_mandatory='triggers.is_mandatory'
                ) }}
                    || coalesce(
                        ' (candidate ' || triggers.candidate_version || ': '
                        || triggers.recommended_action || ')', ''
                    )
                    || coalesce(', blocked by ' || triggers.blocked_by, '')
        end as reason
    from {{ weeks }} as weeks
    inner join {{ ref('model_monitor', 'monitor_triggers') }} as triggers
        on weeks.monitor = triggers.monitor
        and triggers.state in ('fired', 'blocked')
        and {{ model_monitor.concerns_version('weeks', 'triggers') }}
    where weeks.week_end = weeks.last_week_end

    union all

    select
        weeks.monitor,
        weeks.model_version,
        weeks.week_end,
        scheduled.action,
        false as is_blocked,
        {{ model_monitor.trigger_text('scheduled', 'scheduled.reason') }} as reason
    from {{ weeks }} as weeks
    inner join scheduled
        on weeks.monitor = scheduled.monitor
        and scheduled.fired_at <= weeks.week_end
        and (scheduled.ended_at is null or scheduled.ended_at > weeks.week_end)
        and (
            weeks.model_version = '(all)'
            or position(weeks.model_version || ': ' in scheduled.reason) = 1
            or position('(all): ' in scheduled.reason) = 1
        )
    where weeks.week_end < weeks.last_week_end

    union all

    select
        weeks.monitor,
        weeks.model_version,
        weeks.week_end,
        recorded.action,
        false as is_blocked,
        case
            when incidents.action <> recorded.action
                then {{ model_monitor.trigger_text(
                    'recorded', "replace(recorded.reason, '(all): ', '')"
                ) }}
        end as reason
    from {{ weeks }} as weeks
    inner join recorded
        on weeks.monitor = recorded.monitor
        and recorded.kind = 'incident'
        and recorded.action = 'rollback'
        and recorded.fired_at <= weeks.week_end
    inner join {{ incidents }} as incidents
        on recorded.monitor = incidents.monitor
        and recorded.fired_at = incidents.opened_at
        and incidents.action is not null
        and (incidents.ended_at is null or incidents.ended_at > weeks.week_end)
        and {{ model_monitor.concerns_version('weeks', 'incidents') }}
    where weeks.week_end < weeks.last_week_end

)

select
    monitor,
    model_version,
    week_end,
    count(*) as trigger_count,
    {%- for action in actions %}
    count(case when action = '{{ action }}' and not is_blocked then 1 end) as {{ action }}_count,
    {%- endfor %}
    {{ model_monitor.joined_texts('reason', 'reason is not null') }} as trigger_texts
from requests
group by monitor, model_version, week_end
{%- endmacro %}

{# A trigger in words: retrain since 2026-06-15: trained on data until 2026-03-17, … #}
{% macro trigger_text(row, reason, is_mandatory=none) -%}
replace({{ row }}.action, '_', ' ')
{%- if is_mandatory %}
|| case when {{ is_mandatory }} then ' (mandatory)' else '' end
{%- endif %}
|| ' since ' || {{ model_monitor.shown_time(row ~ '.fired_at') }}
|| coalesce(': ' || {{ reason }}, '')
{%- endmacro %}
