{#- The parts of the query that reproduces an alert, as text: the rows it reads, now and in the
    baseline, and the conditions on them. -#}
{{ model_monitor.view_model() }}

with drift as (

    select
        *,
        mod({{ dbt.datediff(
            "cast('1970-01-01' as timestamp)", 'baseline_window_start', 'day'
        ) }}, 7) as baseline_weekday,
        mod({{ dbt.datediff('baseline_window_start', 'baseline_window_end', 'day') }}, 7)
            as baseline_rest,
        mod({{ dbt.datediff("cast('1970-01-01' as timestamp)", 'window_start', 'day') }}, 7)
            as weekday
    from {{ ref('model_monitor', 'monitor_drift') }}

),

compared as (

    select
        alerts.*,
        {{ model_monitor.listed_columns('raw_rows', [
            'rows_sql', 'reference_sql', 'value_sql', 'metric_sql'
        ]) }},
        coalesce(raw_rows.is_of_classes, false) as is_of_classes,
        subjects.subject_type,
        {%- for bound, sql in {
            'min_allowed': 'coalesce(subjects.min_allowed, -1e308)',
            'max_allowed': 'coalesce(subjects.max_allowed, 1e308)',
            'least': 'case when subjects.is_probability then 0.0 else -1e308 end',
            'most': 'case when subjects.is_probability then 1.0 else 1e308 end',
            'stale_above': 'coalesce(subjects.stale_above, 1e308)',
            'low_confidence': 'coalesce(subjects.low_confidence, -1e308)',
        }.items() %}
        cast({{ sql }} as {{ model_monitor.type_double() }}) as {{ bound }},
        {%- endfor %}
        drift.baseline_version,
        drift.baseline_window_start,
        drift.baseline_window_end,
        drift.weekday,
        alerts.baseline = 'reference'
        and alerts.window_name = 'day'
        and drift.baseline_weekday = drift.weekday
        and drift.baseline_rest = 1 as is_by_weekday,
        coalesce(logs.control_arm, '') as control_arm,
        case
            when alerts.slice_name = '(all)' then ''
            -- a value as the log contains it, not a label of ours such as (other)
            when raw_slices.is_simple
                and raw_slices.second_column is null
                and position('(' in alerts.slice_value) = 0
                and position('"' in alerts.slice_value) = 0
                then '
        and ' || raw_slices.first_column || ' = ' || {{ model_monitor.quoted('alerts.slice_value') }}
            when raw_slices.is_simple
                and {{ model_monitor.splits_at_plus('alerts') }}
                and position('(' in alerts.slice_value) = 0
                and position('"' in alerts.slice_value) = 0
                then '
        and ' || raw_slices.first_column || ' = '
                    || {{ model_monitor.quoted(dbt.split_part('alerts.slice_value', "'+'", 1)) }}
                    || '
        and ' || raw_slices.second_column || ' = '
                    || {{ model_monitor.quoted(dbt.split_part('alerts.slice_value', "'+'", 2)) }}
            else '
        and (' || raw_slices.label_sql || ') = ' || {{ model_monitor.quoted('alerts.slice_value') }}
        end as slice_sql
    from {{ ref('model_monitor', 'int_monitor__alert_states') }} as alerts
    left join {{ ref('model_monitor', 'int_monitor__repro_rows') }} as raw_rows
        on alerts.monitor = raw_rows.monitor
        and alerts.log = raw_rows.log
        -- an entity may share its name with a feature, and an outcome with a score
        and case alerts.family when 'concentration' then '(shown) ' when 'labels' then '(labels) '
            when 'worth' then '(worth) ' else '' end || alerts.subject
            = raw_rows.subject
    -- an outcome has the slices of its predictions
    left join {{ ref('model_monitor', 'int_monitor__repro_slices') }} as raw_slices
        on alerts.monitor = raw_slices.monitor
        and {{ dbt.split_part('alerts.log', "'.'", 1) }} = raw_slices.log
        and alerts.slice_name = raw_slices.slice_name
    left join {{ ref('model_monitor', 'int_monitor__subjects') }} as subjects
        on alerts.monitor = subjects.monitor
        and alerts.log = subjects.log
        and alerts.subject = subjects.subject
    left join {{ ref('model_monitor', 'int_monitor__logs') }} as logs
        on alerts.monitor = logs.monitor
        and alerts.log = logs.log
    left join drift
        on {{ model_monitor.joined_on('alerts', 'drift', model_monitor.signal_keys()
            | reject('in', ['family', 'metric']) | list) }}
        and alerts.shown_window_end = drift.window_end

),

final as (

    select
        {{ model_monitor.listed_columns('', [
            'alert_id', 'monitor', 'log', 'family', 'subject', 'metric', 'shown_window_start',
            'shown_window_end', 'rows_sql', 'value_sql', 'metric_sql', 'is_of_classes',
            'min_allowed', 'max_allowed', 'least', 'most', 'stale_above', 'low_confidence'
        ]) }},
        {{ model_monitor.text_literal("role = 'live'") }}
        {%- for column in ['monitor', 'log', 'model_version', 'window_name', 'slice_name',
            'slice_value'] %}
        || '
        and {{ column }} = ' || {{ model_monitor.quoted(column) }}
        {%- endfor %}
        || {{ model_monitor.text_literal("
        and window_end = cast('") }} || {{ model_monitor.as_text('shown_window_end') }}
            || {{ model_monitor.text_literal("' as timestamp)") }} as keys_sql,
        '
        and baseline = ' || {{ model_monitor.quoted('baseline') }} as baseline_sql,
        case when model_version = '(all)' then ''
            else '
        and model_version = ' || {{ model_monitor.quoted('model_version') }}
        end || slice_sql as cell_sql,
        case
            when baseline = 'reference'
                then slice_sql || case
                    when is_by_weekday
                        then {{ model_monitor.text_literal(model_monitor.raw_weekday()) }}
                        || {{ model_monitor.as_text('weekday') }}
                    else ''
                end
            else {{ model_monitor.text_literal("
        and role = 'live'
        and event_time >= cast('") }} || {{ model_monitor.as_text('baseline_window_start') }}
                || {{ model_monitor.text_literal("' as timestamp)
        and event_time < cast('") }} || {{ model_monitor.as_text('baseline_window_end') }}
                || {{ model_monitor.text_literal("' as timestamp)") }} || case
                    when baseline = 'control'
                        then '
        and arm = ' || {{ model_monitor.quoted('control_arm') }}
                    else {{ model_monitor.text_literal("
        and arm in ('', ") }} || {{ model_monitor.quoted('control_arm') }} || ')'
                end || case when baseline <> 'previous' then ''
                    -- a week consists of its clean days
                    else {{ model_monitor.text_literal("
        and date_trunc('day', event_time) not in (
            select period_start
            from " ~ ref('model_monitor', 'int_monitor__suspect_days') ~ "
            where is_suspect
                and monitor = ") }} || {{ model_monitor.quoted('monitor') }} || '
                and log = ' || {{ model_monitor.quoted('log') }} || '
                and subject = ' || {{ model_monitor.quoted('subject') }} || {{ model_monitor.text_literal("
                and slice_value in ('(all)', ") }} || {{ model_monitor.quoted('slice_value') }} || ')
        )'
                end || case when baseline_version = '(all)' then ''
                    else '
        and model_version = ' || {{ model_monitor.quoted('baseline_version') }}
                end || slice_sql
        end as before_cell_sql,
        '(
        select category
        from {{ ref('model_monitor', 'int_monitor__ruler_categories') }}
        where monitor = ' || {{ model_monitor.quoted('monitor') }} || '
            and log = ' || {{ model_monitor.quoted('log') }} || '
            and subject = ' || {{ model_monitor.quoted('subject') }} || '
    ) as categories' as categories_sql,
        case when baseline = 'reference' then reference_sql else rows_sql end as before_sql,
        case when subject_type = 'categorical'
            then 'select categories.category, bins.bin_group
    from {{ ref('model_monitor', 'int_monitor__ruler_categories') }} as categories
    inner join {{ ref('model_monitor', 'int_monitor__ruler_bins') }} as bins
        on categories.monitor = bins.monitor and categories.log = bins.log
        and categories.subject = bins.subject and categories.bin = bins.bin
    where categories.monitor = ' || {{ model_monitor.quoted('monitor') }} || '
        and categories.log = ' || {{ model_monitor.quoted('log') }} || '
        and categories.subject = ' || {{ model_monitor.quoted('subject') }}
            else 'select bin_group, lower_edge, upper_edge, category
    from {{ ref('model_monitor', 'int_monitor__ruler_bins') }}
    where monitor = ' || {{ model_monitor.quoted('monitor') }} || '
        and log = ' || {{ model_monitor.quoted('log') }} || '
        and subject = ' || {{ model_monitor.quoted('subject') }} || '
        and is_valid'
        end as bins_sql,
        case when subject_type = 'categorical'
            then 'side.x = bins.category'
            when subject_type = 'boolean'
            then {{ model_monitor.text_literal(
                "bins.category = case when side.x = 1 then 'true' else 'false' end"
            ) }}
            else '(side.x > bins.lower_edge or bins.lower_edge is null
            or (bins.lower_edge = bins.upper_edge and side.x = bins.upper_edge))
        and (side.x <= bins.upper_edge or bins.upper_edge is null)'
        end as in_bin_sql
    from compared

)

select * from final
