{#
    The alerts that go on at an accepted level, as a query: those of the `roots` that have an
    accepted_at, unless the alert has grown by half since. If nobody has accepted the level, a shift
    must have gone on for as long: one of its alerts must have been in breach afterwards.
#}
{% macro accepted_alert_rows(roots, groups, facts) -%}
with strengths as (

    select
        groups.alert_id,
        roots.root,
        roots.accepted_by,
        coalesce(max(case when judgements.window_end <= roots.accepted_at
            then judgements.strength end), 1e0) as strength_before,
        max(case when judgements.window_end > roots.accepted_at
            then judgements.strength end) as strength_after
    from {{ roots }} as roots
    inner join {{ ref('model_monitor', 'int_monitor__incident_roots') }} as ends
        on roots.root = ends.root
    inner join {{ groups }} as groups
        on ends.group_id = groups.group_id
    inner join {{ facts }} as facts
        on groups.alert_id = facts.alert_id
    inner join {{ ref('model_monitor', 'monitor_judgements') }} as judgements
        on facts.fingerprint = judgements.fingerprint
        and judgements.window_end >= facts.opened_at
        and judgements.outcome = 'breach'
    where roots.accepted_at is not null
        and facts.state in ('firing', 'stale')
        and not facts.is_safety
    group by groups.alert_id, roots.root, roots.accepted_by

)

select alert_id
from (
    select
        *,
        max(strength_after) over (partition by root) as latest_strength
    from strengths
) as lasting
where coalesce(strength_after, 0e0) <= 1.5 * strength_before
    and (accepted_by is not null or latest_strength is not null)
{%- endmacro %}

{#
    Whether a weekly alert has seen nothing that its resolved daily alert has not: a week stays in
    breach for days after the last bad day. Without daily values, a week that still contains the
    last bad day may have seen nothing else.
#}
{% macro is_over_with(week, day) -%}
{{ day }}.window_days is null
                and {{ day }}.state in ('resolved', 'accepted')
                and {{ week }}.opened_at > {{ day }}.first_window_start
                and coalesce(
                    {{ week }}.seen_until <= {{ day }}.last_seen_at + interval '1 day',
                    {{ week }}.last_seen_at
                    < {{ day }}.last_seen_at + {{ week }}.window_days * interval '1 day'
                )
                and {{ model_monitor.shares_place(week, day) }}
{%- endmacro %}
