{{ model_monitor.table_model() }}
{#- Everything that needs attention but is not an alert, as of the last run: one row per notice. A
    step below has one kind or a few. `parts` names the keys that it fills; the others are null. -#}
{%- set text = model_monitor.type_text() %}
{%- set keys = model_monitor.notice_columns() %}
{%- set parts = {
    'log_problems': ['monitor', 'log', 'since'],
    'missing_rulers': ['monitor', 'log', 'since'],
    'changed_definitions': ['monitor', 'log', 'subject'],
    'warming_up': ['monitor'],
    'unwatched_series': ['monitor'],
    'stale_slices': ['monitor', 'log', 'slice_name', 'slice_value', 'since'],
    'label_notices': ['monitor', 'log'],
    'invalid_labels': ['monitor', 'log', 'subject', 'since'],
    'unknown_groups': ['monitor', 'log', 'slice_name', 'slice_value'],
    'version_mismatches': ['monitor', 'log', 'subject', 'since'],
    'incident_notices': ['monitor', 'log', 'subject', 'slice_name', 'slice_value', 'since'],
    'policy_notices': [],
    'unused_keys': ['monitor'],
} %}

with watermarks as (

    select
        watermarks.*,
        max(watermarks.run_number) over (partition by watermarks.monitor, watermarks.log)
            as last_run,
        max(case when watermarks.problems is null then watermarks.run_number end) over (
            partition by watermarks.monitor, watermarks.log
        ) as last_run_without
    from {{ ref('model_monitor', 'monitor_watermarks') }} as watermarks
    -- problems of a log that is no longer configured are history
    inner join (
        {{ model_monitor.configured_log_rows() | indent(8) }}
    ) as logs
        on watermarks.monitor = logs.monitor
        and watermarks.log = logs.log

),

latest as (

    select * from watermarks where run_number = last_run

),

problem_starts as (

    select
        monitor,
        log,
        min(as_of) as since
    from watermarks
    where run_number > coalesce(last_run_without, 0)
    group by monitor, log

),

log_problems as (

    select
        'log_problem' as kind,
        case when latest.evaluation = 'evaluated' then 'info' else 'warn' end as severity,
        latest.monitor,
        latest.log,
        problem_starts.since,
        latest.monitor || ' › ' || latest.log || ': ' || latest.problems || '.'
        || case when latest.evaluation = 'not_evaluated' then ' No row of this log is read.'
            else '' end as evidence,
        'model-monitor doctor' as suggested_command
    from latest
    inner join problem_starts
        on latest.monitor = problem_starts.monitor
        and latest.log = problem_starts.log
    where latest.problems is not null

),

missing_rulers as (

    {{ model_monitor.missing_ruler_rows('latest') | indent(4) }}

),

changed_definitions as (

    {{ model_monitor.changed_definition_rows('latest') | indent(4) }}

),

coverage as (

    select
        monitor,
        sum(case when resolution = 'day' then 1 else 0 end) as day_count,
        sum(case when resolution = '7d' then 1 else 0 end) as week_count,
        sum(case when resolution = '30d' then 1 else 0 end) as month_count,
        sum(case when resolution = 'too_small' then 1 else 0 end) as small_count,
        sum(case when resolution = 'unlabelled' then 1 else 0 end) as unlabelled_count,
        count(reason) as gap_count,
        max(case
            when family = 'drift' and slice_name = '(all)' and resolution <> 'day' then 1 else 0
        end) as is_slow
    from {{ ref('model_monitor', 'monitor_coverage') }}
    where model_version = '(all)'
    group by monitor

),

warming_up as (

    {{ model_monitor.warming_up_rows('coverage') | indent(4) }}

),

unwatched_series as (

    select
        'unwatched_series' as kind,
        case when day_count + week_count + month_count = 0 then 'warn' else 'info' end as severity,
        monitor,
        monitor || ': series evaluated: ' || coalesce(nullif(concat_ws(
            ', ',
            case when day_count > 0 then {{ model_monitor.as_text('day_count') }} || ' daily' end,
            case when week_count > 0
                then {{ model_monitor.as_text('week_count') }} || ' weekly' end,
            case when month_count > 0
                then {{ model_monitor.as_text('month_count') }} || ' monthly' end
        ), ''), 'none yet') || coalesce('; not evaluated: ' || nullif(concat_ws(
            ', ',
            case when small_count > 0
                then {{ model_monitor.as_text('small_count') }} || ' too small' end,
            case when unlabelled_count > 0
                then {{ model_monitor.as_text('unlabelled_count') }} || ' without labels' end
        ), ''), '') || '.' as evidence,
        'model-monitor coverage --monitor ' || monitor as suggested_command
    from coverage
    where gap_count > 0
        and monitor not in (select monitor from missing_rulers)
        and monitor not in (select monitor from warming_up)

),

stale_slices as (

    {{ model_monitor.stale_slice_rows() | indent(4) }}

),

label_notices as (

    {{ model_monitor.label_notice_rows('latest') | indent(4) }}

),

invalid_labels as (

    {{ model_monitor.invalid_label_rows() | indent(4) }}

),

unknown_groups as (

    {{ model_monitor.unknown_group_rows() | indent(4) }}

),

version_mismatches as (

    {{ model_monitor.version_mismatch_rows() | indent(4) }}

),

incident_notices as (

    {{ model_monitor.incident_notice_rows() | indent(4) }}

),

policy_notices as (

    select
        kind,
        'warn' as severity,
        place || ': ' || problem as evidence,
        case when kind = 'rule_not_applied' then null else 'model-monitor doctor' end
            as suggested_command
    from {{ ref('model_monitor', 'int_monitor__policy_notices') }}

),

set_keys as (

    {{ model_monitor.unused_key_rows() | indent(4) }}

),

unused_keys as (

    select
        'unused_key' as kind,
        'info' as severity,
        monitor,
        monitor || ': set, but without effect in this version: ' || keys || '.' as evidence,
        cast(null as {{ text }}) as suggested_command
    from set_keys

),

notices as (

    {% for part, given in parts.items() %}
    select
        kind,
        severity,
        {%- for name, type in keys.items() %}
        {{ name if name in given else 'cast(null as ' ~ type ~ ') as ' ~ name }},
        {%- endfor %}
        evidence,
        suggested_command
    from {{ part }}
    {{- '\n    union all' if not loop.last }}
    {% endfor %}

),

final as (

    select
        cast(kind as {{ text }}) as kind,
        cast(severity as {{ text }}) as severity,
        {%- for name, type in keys.items() %}
        cast({{ name }} as {{ type }}) as {{ name }},
        {%- endfor %}
        cast({{ model_monitor.one_line('evidence') }} as {{ text }}) as evidence,
        cast({{ model_monitor.one_line('suggested_command') }} as {{ text }}) as suggested_command
    from notices

)

select * from final
