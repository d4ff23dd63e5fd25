{#
    The events of each life cycle with the `place` at which the cycle reads them, as a query over
    `sides`: one verdict per level, window and run. A breach that late rows took back does not
    interrupt the windows after it. Adjacent windows of this kind share a place, in which they are
    read in the order in which their verdicts became known.
#}
{% macro placed_event_rows(sides) -%}
with marked as (

    select
        *,
        case
            when first_value(side) over (
                partition by fingerprint, level, window_end order by as_of desc
            ) <> 'breach'
                and max(case when side = 'breach' then 1 else 0 end) over (
                    partition by fingerprint, level, window_end
                ) = 1
                then 1
            else 0
        end as is_taken_back
    from {{ sides }}

),

placed as (

    select
        *,
        case
            when lag(window_end) over story = window_end then 0
            when is_taken_back = 1 and lag(is_taken_back) over story = 1 then 0
            else 1
        end as is_place
    from marked
    window story as (partition by fingerprint, level order by window_end, as_of)

)

select
    *,
    sum(is_place) over (
        partition by fingerprint, level order by window_end, as_of
        rows between unbounded preceding and current row
    ) as place
from placed
{%- endmacro %}

{#
    The fingerprints that a rule still evaluates, as a query over the latest judgement of each. A
    rule that is removed or narrowed can never resolve its alerts.
#}
{% macro evaluated_fingerprint_rows(latest) -%}
{%- set as_of = model_monitor.as_of_timestamp() -%}
{%- set scope_keys = ['rule_id', 'monitor', 'log', 'family', 'subject', 'metric', 'baseline',
    'window_name'] -%}
-- the scope of each rule as of now
with scopes as (

    select *
    from {{ ref('model_monitor', 'int_monitor__rule_scopes') }}
    where valid_from <= {{ as_of }}
        and valid_to > {{ as_of }}

),

slices as (

    select distinct
        monitor,
        slice_name
    from {{ ref('model_monitor', 'int_monitor__slices') }}
    where is_published

)

select latest.fingerprint
from {{ latest }} as latest
inner join scopes
    on {{ model_monitor.joined_on('latest', 'scopes', scope_keys) }}
    and {{ model_monitor.fits_scope('latest', 'scopes') }}
left join slices
    on latest.monitor = slices.monitor
    and latest.slice_name = slices.slice_name
where latest.slice_name = '(all)'
    or slices.slice_name is not null
group by latest.fingerprint
{%- endmacro %}

{#
    Whether a resolved alert is over because its history has learned the new level, as a query: its
    value is still nearer to the worst of the alert than to what was normal before. A volume is
    compared with the recent past, which learns sooner than the four weeks for which all else is
    held, but not before two of its four weekdays have the new level.
#}
{% macro adapted_alert_rows(warned, measured, judgements) -%}
select
    warned.fingerprint,
    warned.opened_at,
    max(case
        when abs(released.value - measured.current_value) < abs(
            released.value - {{ model_monitor.normal_value(
                'released.family', 'measured.first_baseline_value'
            ) }}
        ) then 1
        else 0
    end) = 1 as is_adapted
from {{ warned }} as warned
inner join {{ measured }} as measured
    on warned.fingerprint = measured.fingerprint
    and warned.opened_at = measured.opened_at
inner join {{ judgements }} as released
    on warned.fingerprint = released.fingerprint
    and warned.resolved_at = released.window_end
where (
        released.family = 'volume'
        and warned.resolved_at >= warned.opened_at + interval '14 days'
    )
    or (
        warned.resolved_at >= warned.opened_at + interval '28 days'
        and {{ model_monitor.has_fixed_normal('released') }}
    )
group by warned.fingerprint, warned.opened_at
{%- endmacro %}

{# The severities of alerts and incidents, lowest first. #}
{% macro severity_levels() %}
    {{ return(['info', 'warn', 'critical']) }}
{% endmacro %}

{# The severity as a number, for comparisons. #}
{% macro severity_rank(severity) -%}
case {{ severity }} when 'critical' then 3 when 'warn' then 2 else 1 end
{%- endmacro %}

{# The severity of a rank: the inverse of severity_rank. #}
{% macro severity_of_rank(rank) -%}
case {{ rank }} when 3 then 'critical' when 2 then 'warn' else 'info' end
{%- endmacro %}

{#
    The severity of each alert and since when it is critical, as a query: the level of its life
    cycle, changed by the rows of policy: priorities that match it. If several match, the highest
    priority counts. `low` makes an alert `info` unless its rule is one of safety; `high` makes a
    warning critical unless it began while its baseline was warming up.
#}
{% macro alert_severity_rows(warned, lifecycles, measured, latest) -%}
{%- set levels = model_monitor.priority_levels() -%}
{%- set names = model_monitor.priority_patterns() | reject('in', ['slice_name', 'slice_value']) -%}
-- whether the warning is critical: now if it is open, at any time if it is over
with criticals as (

    select
        warned.fingerprint,
        warned.opened_at,
        max(case
            when warned.resolved_at is not null and criticals.fired_at is not null then 1
            -- a warning that fires is not critical until the critical level has fired too
            when warned.resolved_at is null and criticals.resolved_at is null
                and (criticals.fired_at is not null or warned.fired_at is null) then 1
            else 0
        end) as is_critical,
        min(case
            when criticals.resolved_at is null and criticals.fired_at is not null
                then criticals.first_detected_at
        end) as critical_at
    from {{ warned }} as warned
    inner join {{ lifecycles }} as criticals
        on warned.fingerprint = criticals.fingerprint
        and criticals.level = 'critical'
        and criticals.opened_at >= warned.opened_at
        and (warned.resolved_at is null or criticals.opened_at < warned.resolved_at)
    group by warned.fingerprint, warned.opened_at

),

priorities as (

    select
        alerts.fingerprint,
        max(case priorities.priority
            {%- for level in levels %}
            when '{{ level }}' then {{ loop.index }}
            {%- endfor %}
        end) as priority
    from {{ latest }} as alerts
    inner join {{ ref('model_monitor', 'stg_monitor__priorities') }} as priorities
        on {{ model_monitor.fits_slice('alerts', 'priorities') }}
        {%- for name in names %}
        and {{ model_monitor.fits_pattern('alerts.' ~ name, 'priorities.' ~ name) }}
        {%- endfor %}
    where priorities.problem is null
    group by alerts.fingerprint

),

graded as (

    select
        warned.fingerprint,
        warned.opened_at,
        warned.resolved_at,
        warned.first_detected_at,
        criticals.critical_at,
        case
            when priorities.priority = {{ levels.index('low') + 1 }}
                and not coalesce(rules.is_safety, false) then 'info'
            when criticals.is_critical = 1 then 'critical'
            when priorities.priority = {{ levels.index('high') + 1 }}
                and measured.is_learning = 0 then 'raised'
            else 'warn'
        end as grade
    from {{ warned }} as warned
    inner join {{ measured }} as measured
        on warned.fingerprint = measured.fingerprint
        and warned.opened_at = measured.opened_at
    inner join {{ latest }} as alerts
        on warned.fingerprint = alerts.fingerprint
    left join criticals
        on warned.fingerprint = criticals.fingerprint
        and warned.opened_at = criticals.opened_at
    left join priorities
        on warned.fingerprint = priorities.fingerprint
    left join {{ ref('model_monitor', 'int_monitor__rules') }} as rules
        on alerts.rule_id = rules.rule_id
        and rules.is_in_force

)

select
    fingerprint,
    opened_at,
    case when grade = 'raised' then 'critical' else grade end as severity,
    case
        when grade = 'critical' then critical_at
        when grade = 'raised' and resolved_at is null then first_detected_at
    end as critical_at
from graded
{%- endmacro %}
