{{ model_monitor.table_model() }}
{#- Everything that needs attention but is not an alert, as of the last run: one row per notice. A
    step below has one kind or a few. `parts` names the keys that it fills; the others are null. -#}
{%- set text = model_monitor.type_text() %}
{%- set limits = model_monitor.notice_limits() %}
{%- set learning = model_monitor.learning_windows() | trim %}
{%- set keys = model_monitor.notice_columns() %}
{%- set parts = {
    'log_problems': ['monitor', 'log', 'since'],
    'missing_rulers': ['monitor', 'log', 'since'],
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
        select monitor, log from {{ ref('model_monitor', 'int_monitor__logs') }}
        union all
        select monitor, log from {{ ref('model_monitor', 'int_monitor__outcomes') }}
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

-- without training data a log is its own reference, so evaluation starts later
missing_rulers as (

    select
        'no_ruler' as kind,
        'info' as severity,
        windows.monitor,
        windows.log,
        windows.reference_from as since,
        windows.monitor || ' › ' || windows.log || ' is not evaluated yet.'
        || ' Its rulers will be frozen from ' || case
            when windows.reference_to is null
                then 'its first full days, and no week has rows on at least five days yet.'
                    || ' To evaluate it now, set reference: to training data'
                    || ' or to a period of the log.'
            else 'its rows of ' || {{ model_monitor.shown_time('windows.reference_from') }}
                || ' to ' || {{ model_monitor.shown_time('windows.reference_to') }}
                || '. To evaluate it now, set reference: to training data.'
        end as evidence,
        'model-monitor doctor --rulers' as suggested_command
    from {{ ref('model_monitor', 'int_monitor__reference_windows') }} as windows
    inner join latest
        on windows.monitor = latest.monitor
        and windows.log = latest.log
        and latest.evaluation = 'evaluated'
    where not windows.is_ready

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

days as (

    select
        monitor,
        window_end,
        history_windows,
        max(window_end) over (partition by monitor) as last_end
    from {{ ref('model_monitor', 'monitor_drift') }}
    where role = 'live'
        and window_name = 'day'
        and slice_name = '(all)'

),

histories as (

    select
        monitor,
        max(history_windows) as history_windows
    from days
    where window_end = last_end
    group by monitor

),

-- of a monitor whose distributions are not evaluated daily, days say nothing about the baseline
warming_up as (

    select
        'warming_up' as kind,
        'info' as severity,
        histories.monitor,
        histories.monitor || ': baseline warming up: '
        || {{ model_monitor.as_text('histories.history_windows') }} || ' of {{ learning }} days.'
        || ' Until then slices and distances from the reference are not evaluated, and alerts are'
        || ' at most warnings.' as evidence,
        cast(null as {{ text }}) as suggested_command
    from histories
    left join coverage
        on histories.monitor = coverage.monitor
    where histories.history_windows < {{ learning }}
        and coalesce(coverage.is_slow, 0) = 0

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

-- rows of each slice that its frozen vocabulary does not name
others as (

    select
        monitor,
        log,
        slice_name,
        window_start,
        max(case when slice_value = '(other)' then row_count else 0 end) as other_count,
        -- the slice (all) has more rows than any other slice
        max(max(row_count)) over (partition by monitor, log, window_start) as row_count,
        min(window_start) over (partition by monitor, log) as first_day,
        max(window_start) over (partition by monitor, log) as last_day
    from {{ ref('model_monitor', 'monitor_profiles') }}
    where role = 'live'
        and model_version = '(all)'
        and window_name = 'day'
    group by monitor, log, slice_name, window_start

),

other_shares as (

    select
        monitor,
        log,
        slice_name,
        last_day - interval '6 days' as since,
        sum(case when window_start < first_day + interval '7 days' then other_count end) * 1e0
        / nullif(sum(case when window_start < first_day + interval '7 days' then row_count end), 0)
            as share_before,
        sum(case when window_start > last_day - interval '7 days' then other_count end) * 1e0
        / nullif(sum(case when window_start > last_day - interval '7 days' then row_count end), 0)
            as share_now
    from others
    where slice_name <> '(all)'
        and position('+' in slice_name) = 0
    group by monitor, log, slice_name, last_day

),

stale_slices as (

    select
        'stale_slice_values' as kind,
        'warn' as severity,
        monitor,
        log,
        slice_name,
        '(other)' as slice_value,
        since,
        monitor || ' › ' || log || ': ' || {{ model_monitor.shown_percent('share_now') }}
        || ' of the rows in the last 7 days have a ' || slice_name
        || ' that is reported as (other), up from '
        || {{ model_monitor.shown_percent('share_before') }} || ' in the first week.' as evidence,
        'model-monitor rebuild --from ' || {{ model_monitor.shown_time('since') }} || ' --monitor '
        || monitor || ' --slice ' || {{ model_monitor.as_argument('slice_name') }}
            as suggested_command
    from other_shares
    where share_now >= share_before + {{ limits.other_share }}

),

label_notices as (

    select
        'unmatched_labels' as kind,
        'info' as severity,
        monitor,
        log,
        monitor || ' › ' || log || ': ' || {{ model_monitor.as_text('unmatched_label_count') }}
        || ' of ' || {{ model_monitor.as_text('new_row_count') }}
        || ' new labels match no prediction yet. They count once the prediction arrives.'
            as evidence,
        cast(null as {{ text }}) as suggested_command
    from latest
    where unmatched_label_count >= {{ limits.unmatched_count }}
        and unmatched_label_count >= {{ limits.unmatched_share }} * coalesce(new_row_count, 0)

    union all

    select
        'ignored_labels' as kind,
        'warn' as severity,
        monitor,
        log,
        monitor || ' › outcomes: rows are ignored, because their outcome is not configured or they'
        || ' have no arrival time: ' || undeclared_outcomes || '.' as evidence,
        'model-monitor doctor' as suggested_command
    from latest
    where undeclared_label_count > 0

),

-- a label counts once the label window of its prediction has closed
labelled_days as (

    select
        *,
        max(window_start) over (partition by monitor, log) as last_day
    from {{ ref('model_monitor', 'monitor_labels') }}
    where role = 'live'
        and model_version = '(all)'
        and slice_name = '(all)'
        and window_name = 'day'
        and matured_count > 0

),

invalid_labels as (

    select
        'invalid_labels' as kind,
        'warn' as severity,
        monitor,
        log,
        outcome as subject,
        min(case when invalid_outcome_count > 0 then window_start end) as since,
        monitor || ' › ' || outcome || ': '
        || {{ model_monitor.as_text('cast(sum(invalid_outcome_count) as bigint)') }} || ' of '
        || {{ model_monitor.as_text('cast(sum(matured_count) as bigint)') }}
        || ' predictions have an invalid label (latest 7 days whose label window closed).'
            as evidence,
        'model-monitor doctor' as suggested_command
    from labelled_days
    where window_start > last_day - interval '7 days'
    group by monitor, log, outcome
    having sum(invalid_outcome_count) > 0

),

-- nothing is compared with a reference group that does not exist
chosen_groups as (

    select
        chosen.monitor,
        vocabulary.log,
        chosen.slice_name,
        chosen.chosen_group,
        max(case when vocabulary.slice_value = chosen.chosen_group then 1 else 0 end) as is_known,
        min(case
            when {{ model_monitor.resembles('chosen.chosen_group', 'vocabulary.slice_value') }}
                then vocabulary.slice_value
        end) as nearest
    from {{ ref('model_monitor', 'int_monitor__protected_slices') }} as chosen
    inner join {{ ref('model_monitor', 'int_monitor__vocabulary') }} as vocabulary
        on chosen.monitor = vocabulary.monitor
        and chosen.slice_name = vocabulary.slice_name
        and vocabulary.log = 'predictions'
    where chosen.chosen_group is not null
    group by chosen.monitor, vocabulary.log, chosen.slice_name, chosen.chosen_group

),

unknown_groups as (

    select
        'unknown_group' as kind,
        'warn' as severity,
        monitor,
        log,
        slice_name,
        chosen_group as slice_value,
        monitor || ' › protected_slices › ' || slice_name || ' › reference: there is no group '
        || chosen_group || ', so no group is compared with it.'
        || coalesce(' Nearest: ' || nearest || '.', '') as evidence,
        'model-monitor doctor' as suggested_command
    from chosen_groups
    where is_known = 0

),

-- the shortest window of whole days, or hours if there is no other
served_windows as (

    select
        *,
        dense_rank() over (
            partition by monitor
            order by
                case window_name when 'day' then 1 when '7d' then 2 when '30d' then 3 else 4 end
        ) as length_number
    from {{ ref('model_monitor', 'monitor_versions_served') }}

),

aged_windows as (

    select
        *,
        dense_rank() over (partition by monitor order by window_end desc) as age
    from served_windows
    where length_number = 1

),

-- a problem of the latest window began with the oldest window of its unbroken series
problem_windows as (

    select
        *,
        row_number() over (partition by monitor, model_version, problem order by age) as place
    from aged_windows
    where problem is not null

),

version_problems as (

    select
        monitor,
        model_version,
        problem,
        min(window_start) as since,
        max(case when age = 1 then traffic_share end) as traffic_share,
        max(case when age = 1 then registered_stage end) as registered_stage
    from problem_windows
    where age = place
    group by monitor, model_version, problem

),

version_mismatches as (

    select
        'version_mismatch' as kind,
        'warn' as severity,
        monitor,
        'predictions' as log,
        model_version as subject,
        since,
        monitor || ': ' || case problem
            when 'missing_champion' then 'champion ' || model_version || ' serves no rows'
            when 'two_live' then 'champion ' || model_version || ' serves '
                || {{ model_monitor.shown_percent('traffic_share') }}
                || ' of the rows, beside another champion'
            else 'version ' || model_version || ' serves '
                || {{ model_monitor.shown_percent('traffic_share') }} || ' of the rows and is '
                || coalesce('registered as ' || registered_stage, 'not in the registry')
        end || ', since ' || {{ model_monitor.shown_time('since') }}
        || '. Compare monitor_versions_served with policy: versions.' as evidence,
        cast(null as {{ text }}) as suggested_command
    from version_problems

),

incidents as (

    select
        *,
        max(last_seen_at) over () as latest_seen_at
    from {{ ref('model_monitor', 'monitor_incidents') }}

),

incident_notices as (

    select
        'unrouted_incident' as kind,
        'warn' as severity,
        incidents.monitor,
        incidents.log,
        incidents.subject,
        incidents.slice_name,
        incidents.slice_value,
        incidents.since,
        'No contact is notified of this incident: ' || unrouted.message as evidence,
        'model-monitor explain ' || substr(incidents.alert_id, 1, 8) as suggested_command
    from {{ ref('model_monitor', 'int_monitor__unrouted_incidents') }} as unrouted
    inner join incidents
        on unrouted.incident_id = incidents.incident_id

    union all

    select
        'stale_incident' as kind,
        'warn' as severity,
        monitor,
        log,
        subject,
        slice_name,
        slice_value,
        since,
        'Still open when its data stopped: ' || message || ' (last seen '
        || {{ model_monitor.shown_time('last_seen_at') }} || ')' as evidence,
        'model-monitor explain ' || substr(alert_id, 1, 8) as suggested_command
    from incidents
    where state = 'stale'
        and inhibited_by is null
        and silenced_by is null
        and (nature <> 'expected' or is_safety)
        and last_seen_at >= latest_seen_at - interval '28 days'

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
