{{ model_monitor.table_model() }}
{#- The action due for each model, as of now. Retraining waits until the data are fixed, and a
    trained version waits for the validation gates. -#}
{%- set text = model_monitor.type_text() %}
{%- set action = ['monitor', 'model_version', 'action', 'opened_at', 'message'] %}

with reasons as (

    select * from {{ ref('model_monitor', 'int_monitor__retrain_requests') }}
    union all
    select * from {{ ref('model_monitor', 'int_monitor__retrain_schedules') }}

),

approvals as (

    select * from {{ ref('model_monitor', 'stg_monitor__approvals') }} where problem is null

),

-- what incidents request, and the rollbacks that the policy demands whatever they recommend
incident_actions as (

    select
        {{ model_monitor.listed_columns('', action) }},
        max(is_mandatory) as is_mandatory
    from (
        select {{ model_monitor.listed_columns('', action) }}, 0 as is_mandatory
        from {{ ref('model_monitor', 'int_monitor__actionable_incidents') }}
        where kind = 'incident'

        union all

        select
            incidents.monitor,
            incidents.model_version,
            approvals.action,
            incidents.opened_at,
            incidents.message,
            1 as is_mandatory
        from {{ ref('model_monitor', 'int_monitor__actionable_incidents') }} as incidents
        inner join approvals
            on {{ model_monitor.fits_pattern('incidents.monitor', 'approvals.monitor') }}
            and {{ model_monitor.fits_pattern('incidents.family', 'approvals.families') }}
            and {{ model_monitor.severity_rank('incidents.severity') }}
            >= {{ model_monitor.severity_rank('approvals.mandatory_from') }}
        where approvals.mandatory_from is not null
    ) as actions
    group by {{ model_monitor.listed_columns('', action) }}

),

requested as (

    select
        reasons.monitor,
        coalesce(served.champion_version, '(all)') as model_version,
        'retrain' as action,
        reasons.kind,
        case
            when not reasons.is_configured then 'not_configured'
            when not reasons.is_known then 'not_enough_data'
            when reasons.fired_at is null then 'waiting'
            else 'fired'
        end as state,
        reasons.fired_at,
        reasons.reason,
        0 as is_mandatory
    from reasons
    left join {{ ref('model_monitor', 'int_monitor__served_versions') }} as served
        on reasons.monitor = served.monitor

    union all

    select
        monitor,
        model_version,
        action,
        'incident' as kind,
        'fired' as state,
        min(opened_at) as fired_at,
        {{ model_monitor.joined_texts('message', '1 = 1') }} as reason,
        max(is_mandatory) as is_mandatory
    from incident_actions
    group by monitor, model_version, action

),

approvers as (

    select
        monitor,
        action,
        {{ model_monitor.joined_texts('approver', '1 = 1') }} as approvers
    from (
        select distinct
            requested.monitor,
            requested.action,
            approvals.approver
        from requested
        inner join approvals
            on requested.action = approvals.action
            and {{ model_monitor.fits_pattern('requested.monitor', 'approvals.monitor') }}
    ) as named
    group by monitor, action

),

triggers as (

    select
        {{ model_monitor.listed_columns('requested', action[:3] + ['kind', 'is_mandatory']) }},
        case
            when requested.state = 'fired' and faults.monitor is not null then 'blocked'
            else requested.state
        end as state,
        case when requested.state <> 'not_configured' then requested.reason end as reason,
        {%- for name in ['requested.fired_at', 'faults.blocked_by', 'faults.blocking_incidents'] %}
        case when requested.state = 'fired' then {{ name }} end
            as {{ name.split('.')[1] }}{{ ',' if not loop.last }}
        {%- endfor %}
    from requested
    left join {{ ref('model_monitor', 'int_monitor__retrain_blockers') }} as faults
        on requested.monitor = faults.monitor
        and requested.action in ('retrain', 'recalibrate')

),

needed as (

    select
        monitor,
        {{ model_monitor.joined_texts(
            "gate || coalesce(' ' || " ~ model_monitor.shown_measure('limit_value') ~ ", '')",
            '1 = 1'
        ) }} as gates
    from {{ ref('model_monitor', 'int_monitor__gates') }}
    group by monitor

),

-- a candidate passes if every gate holds
candidates as (

    select
        candidates.monitor,
        candidates.candidate_version,
        candidates.since,
        case
            when count(gates.gate) = 0 then 'none'
            when max(case when gates.state = 'fails' then 1 else 0 end) = 1 then 'failed'
            when max(case when gates.state = 'not_enough_data' then 1 else 0 end) = 1
                then 'not_enough_data'
            else 'passed'
        end as gates_state,
        {{ model_monitor.joined_texts(
            "gates.gate || ': ' || gates.reason", 'gates.gate is not null'
        ) }} as gates
    from {{ ref('model_monitor', 'int_monitor__candidates') }} as candidates
    left join {{ ref('model_monitor', 'monitor_gates') }} as gates
        on candidates.monitor = gates.monitor
        and candidates.candidate_version = gates.candidate_version
    group by candidates.monitor, candidates.candidate_version, candidates.since

),

-- the version that was trained since the request
responses as (

    select
        triggers.monitor,
        triggers.kind,
        candidates.candidate_version,
        candidates.gates_state,
        candidates.gates,
        row_number() over (
            partition by triggers.monitor, triggers.kind
            order by
                case candidates.gates_state when 'passed' then 1 else 2 end,
                candidates.since desc,
                candidates.candidate_version asc
        ) as choice
    from triggers
    inner join candidates
        on triggers.monitor = candidates.monitor
        and candidates.since >= triggers.fired_at
    where triggers.action = 'retrain'

),

answered as (

    select
        triggers.*,
        responses.candidate_version,
        case
            when triggers.action <> 'retrain' or needed.gates is null then 'none'
            else coalesce(responses.gates_state, 'no_candidate')
        end as gates_state,
        case when triggers.action = 'retrain' then coalesce(responses.gates, needed.gates) end
            as gates
    from triggers
    left join needed
        on triggers.monitor = needed.monitor
    left join responses
        on triggers.monitor = responses.monitor
        and triggers.kind = responses.kind
        and triggers.action = 'retrain'
        and responses.choice = 1

),

final as (

    select
        answered.monitor,
        model_version,
        answered.action,
        kind,
        cast(state as {{ text }}) as state,
        state = 'fired' and candidate_version is null as due,
        fired_at,
        reason as reasons,
        blocked_by,
        blocking_incidents,
        candidate_version,
        cast(gates_state as {{ text }}) as gates_state,
        gates,
        cast(case
            when state = 'blocked' then 'fix_data'
            when state <> 'fired' then 'none'
            when candidate_version is null then answered.action
            when gates_state = 'passed' then 'promote'
            when gates_state = 'failed' then 'hold'
            else 'validate'
        end as {{ text }}) as recommended_action,
        approvers.approvers,
        answered.is_mandatory = 1 as is_mandatory
    from answered
    left join approvers
        on answered.monitor = approvers.monitor
        and answered.action = approvers.action

)

select * from final
