{{ config(materialized='table') }}
{#- What each sound and enabled rule is for: one row per rule, validity, and thing it judges.
    Patterns for versions and slices stay patterns; the signals bring the words for them. -#}

with rules as (

    select *
    from {{ ref('model_monitor', 'int_monitor__rules') }}
    where enabled
        and problem is null

),

judgeable as (

    select * from {{ ref('model_monitor', 'int_monitor__judgeable') }}

),

monitors as (

    select * from {{ ref('model_monitor', 'int_monitor__monitors') }}

),

final as (

    select
        rules.rule_id,
        rules.rule_version,
        rules.valid_from,
        rules.valid_to,
        judgeable.monitor,
        judgeable.log,
        judgeable.family,
        judgeable.subject,
        judgeable.subject_kind,
        judgeable.metric,
        judgeable.layer,
        judgeable.baseline,
        judgeable.window_name,
        rules.model_version as version_pattern,
        rules.slice_name as slice_pattern,
        rules.slice_value as slice_value_pattern,
        rules.kind,
        rules.direction,
        rules.warn,
        rules.critical,
        rules.for_windows,
        rules.clear_windows,
        rules.clear_below,
        case
            when judgeable.family = 'freshness' then 0
            else coalesce(rules.min_rows, monitors.min_rows)
        end as min_rows
    from rules
    inner join judgeable
        on rules.family = judgeable.family
        and rules.metric = judgeable.metric
        and {{ model_monitor.fits_pattern('judgeable.monitor', 'rules.monitor') }}
        and {{ model_monitor.fits_pattern('judgeable.log', 'rules.log') }}
        and {{ model_monitor.fits_pattern('judgeable.subject', 'rules.subject') }}
        and {{ model_monitor.fits_pattern('judgeable.subject_kind', 'rules.subject_kind') }}
        and {{ model_monitor.fits_pattern('judgeable.baseline', 'rules.baseline') }}
        and {{ model_monitor.fits_pattern('judgeable.window_name', 'rules.window_name') }}
        and (
            coalesce(rules.importance, '') in ('', '*')
            or judgeable.is_critical = (rules.importance = 'critical')
        )
    inner join monitors
        on judgeable.monitor = monitors.monitor

)

select * from final
