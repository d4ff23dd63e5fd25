{{ model_monitor.table_model() }}

with budgets as (

    select
        rule_id,
        rule_version,
        max(error_budget) as error_budget,
        max(short_window) as short_window
    from {{ ref('model_monitor', 'int_monitor__rules') }}
    where kind = 'burn_rate'
    group by rule_id, rule_version

),

known as (

    select
        facts.*,
        {{ model_monitor.listed_columns('changes', [
            'since', 'likely_cause', 'cause_kind', 'cause_is_of_version', 'expected_kind'
        ]) }},
        case
            when changes.is_expected then 'expected'
            when natures.is_gradual then 'gradual'
            else 'incident'
        end as nature,
        coalesce(incidents.stage, 11) as stage,
        incidents.incident_id,
        coalesce(incidents.has_lost_order, false) as has_lost_order,
        coalesce(incidents.is_population_shift, false) as is_population_shift,
        coalesce(incidents.is_confirmed_by_labels, false) as is_confirmed_by_labels,
        coalesce(incidents.is_accepted, false) as is_accepted,
        coalesce(incidents.represented_severity, facts.severity) as found_severity,
        coalesce(incidents.critical_at, facts.critical_at) as found_critical_at,
        -- safety alerts are never suppressed
        case
            when facts.is_safety then null
            when changes.held_by is not null then 'change ' || changes.held_by
            when incidents.is_freed then incidents.inhibited_by
            else coalesce(suppressions.inhibited_by, incidents.inhibited_by)
        end as inhibited_by,
        case when not facts.is_safety then acts.silenced_by end as silenced_by,
        case when not facts.is_safety then acts.silenced_until end as silenced_until,
        {{ model_monitor.listed_columns('acts', [
            'acknowledged_at', 'last_acknowledged_at', 'is_acknowledged_critical',
            'acknowledged_by', 'decided_at', 'decided_by', 'decision', 'decided_action',
            'root_cause', 'prevention'
        ]) }},
        {{ model_monitor.listed_columns('splits', [
            'shift_kind', 'shift_dimension', 'top_segments', 'top_bins', 'leading_segment',
            'main_segment', 'leading_mistake', 'changed_values', 'p95', 'baseline_p95'
        ]) }},
        queries.reproduce_sql,
        evaluations.problems,
        budgets.error_budget,
        budgets.short_window,
        coalesce(rules.owner, monitors.owner) as owner,
        coalesce(
            rules.runbook,
            monitors.runbook,
            {{ model_monitor.playbook(
                'facts', 'coalesce(incidents.is_population_shift, false)'
            ) | indent(12) }}
        ) as runbook,
        coalesce(rules.dashboard, monitors.dashboard) as dashboard
    from {{ ref('model_monitor', 'int_monitor__alert_states') }} as facts
    inner join {{ ref('model_monitor', 'int_monitor__alert_changes') }} as changes
        on facts.alert_id = changes.alert_id
    left join {{ ref('model_monitor', 'int_monitor__alert_queries') }} as queries
        on facts.alert_id = queries.alert_id
    left join {{ ref('model_monitor', 'int_monitor__alert_suppressions') }} as suppressions
        on facts.alert_id = suppressions.alert_id
    left join {{ ref('model_monitor', 'int_monitor__incident_members') }} as incidents
        on facts.alert_id = incidents.alert_id
    left join {{ ref('model_monitor', 'int_monitor__onset_types') }} as natures
        on facts.alert_id = natures.alert_id
    left join {{ ref('model_monitor', 'int_monitor__alert_splits') }} as splits
        on facts.alert_id = splits.alert_id
    left join {{ ref('model_monitor', 'int_monitor__user_actions') }} as acts
        on facts.alert_id = acts.alert_id
    left join {{ ref('model_monitor', 'int_monitor__evaluations') }} as evaluations
        on facts.monitor = evaluations.monitor
        and facts.log = evaluations.log
    left join {{ ref('model_monitor', 'int_monitor__rules') }} as rules
        on facts.rule_id = rules.rule_id
        and rules.is_in_force
    left join budgets
        on facts.rule_id = budgets.rule_id
        and facts.rule_version = budgets.rule_version
    left join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on facts.monitor = monitors.monitor

),

described as (

    select
        *,
        -- an acknowledged warning still needs an answer once it is critical
        acknowledged_at is not null
        and (
            found_severity <> 'critical'
            or is_acknowledged_critical
            or coalesce(found_critical_at <= last_acknowledged_at, false)
        ) as is_answered,
        {{ model_monitor.alert_what() }} as what,
        case when slice_name = '(all)' then coalesce('mostly in ' || main_segment, monitor)
            else {{ model_monitor.shown_slice('known') }} end as location,
        {{ model_monitor.recommended_action('found_severity') }} as recommended_action
    from known

),

final as (

    select
        alert_id,
        incident_id,
        fingerprint,
        monitor,
        log,
        role,
        model_version,
        layer,
        family,
        subject,
        metric,
        baseline,
        window_name,
        slice_name,
        slice_value,
        rule_id,
        rule_version,
        case
            when is_accepted then 'accepted'
            when state = 'firing' and is_answered then 'acknowledged'
            else state
        end as state,
        found_severity as severity,
        what,
        location,
        since,
        opened_at,
        detected_at,
        case when found_severity = 'critical' then found_critical_at end as critical_at,
        last_seen_at,
        resolved_at,
        current_value,
        baseline_value,
        threshold,
        strength,
        sample_size,
        nature,
        likely_cause,
        shift_kind,
        shift_dimension,
        top_segments,
        top_bins,
        coalesce(top_segments || '; ' || top_bins, top_segments, top_bins) as top_contributors,
        recommended_action,
        inhibited_by,
        silenced_by,
        silenced_until,
        acknowledged_at,
        acknowledged_by,
        is_answered,
        decided_at,
        decided_by,
        decision,
        decided_action,
        root_cause,
        prevention,
        is_safety,
        is_learning,
        owner,
        runbook,
        dashboard,
        window_count,
        {{ model_monitor.alert_message() }} as message,
        reproduce_sql
    from described

)

select * from final
