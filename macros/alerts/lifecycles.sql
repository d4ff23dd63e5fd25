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
