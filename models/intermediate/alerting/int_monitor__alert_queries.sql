{{ config(materialized='table') }}
{#- The query that gives an alert's number from the raw log when it is pasted: the templates of
    macros/alerting/reproduce.sql, filled in. -#}

with alerts as (

    select * from {{ ref('model_monitor', 'int_monitor__alert_facts') }}

),

raw_rows as (

    select * from {{ ref('model_monitor', 'int_monitor__raw_rows') }}

),

raw_slices as (

    select * from {{ ref('model_monitor', 'int_monitor__raw_slices') }}

),

subjects as (

    select * from {{ ref('model_monitor', 'int_monitor__subjects') }}

),

logs as (

    select * from {{ ref('model_monitor', 'int_monitor__logs') }}

),

drift as (

    select
        monitor,
        log,
        role,
        model_version,
        window_name,
        window_end,
        slice_name,
        slice_value,
        subject,
        baseline,
        baseline_version,
        baseline_window_start,
        baseline_window_end,
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
        raw_rows.rows_sql,
        raw_rows.reference_sql,
        raw_rows.value_sql,
        raw_rows.metric_sql,
        subjects.subject_type,
        coalesce(subjects.min_allowed, -1e308) as min_allowed,
        coalesce(subjects.max_allowed, 1e308) as max_allowed,
        case when subjects.is_probability then 0.0 else -1e308 end as least,
        case when subjects.is_probability then 1.0 else 1e308 end as most,
        coalesce(subjects.stale_above, 1e308) as stale_above,
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
            -- a value as it stands in the log, and no word of ours
            when raw_slices.is_simple
                and strpos(alerts.slice_value, '(') = 0
                and strpos(alerts.slice_value, '"') = 0
                then '
        and ' || raw_slices.first_column || ' = '
                    || {{ model_monitor.quoted(dbt.split_part('alerts.slice_value', "'+'", 1)) }}
                    || coalesce('
        and ' || raw_slices.second_column || ' = '
                        || {{ model_monitor.quoted(
                            dbt.split_part('alerts.slice_value', "'+'", 2)
                        ) }}, '')
            else '
        and (' || raw_slices.label_sql || ') = ' || {{ model_monitor.quoted('alerts.slice_value') }}
        end as slice_sql
    from alerts
    left join raw_rows
        on alerts.monitor = raw_rows.monitor
        and alerts.log = raw_rows.log
        and alerts.subject = raw_rows.subject
    left join raw_slices
        on alerts.monitor = raw_slices.monitor
        and alerts.log = raw_slices.log
        and alerts.slice_name = raw_slices.slice_name
    left join subjects
        on alerts.monitor = subjects.monitor
        and alerts.log = subjects.log
        and alerts.subject = subjects.subject
    left join logs
        on alerts.monitor = logs.monitor
        and alerts.log = logs.log
    left join drift
        on alerts.monitor = drift.monitor
        and alerts.log = drift.log
        and alerts.role = drift.role
        and alerts.model_version = drift.model_version
        and alerts.window_name = drift.window_name
        and alerts.shown_window_end = drift.window_end
        and alerts.slice_name = drift.slice_name
        and alerts.slice_value = drift.slice_value
        and alerts.subject = drift.subject
        and alerts.baseline = drift.baseline

),

worded as (

    select
        *,
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
            else '
        and role = ''live''
        and event_time >= cast(''' || {{ model_monitor.as_text('baseline_window_start') }}
                || ''' as timestamp)
        and event_time < cast(''' || {{ model_monitor.as_text('baseline_window_end') }}
                || ''' as timestamp)' || case
                    when baseline = 'control'
                        then '
        and arm = ' || {{ model_monitor.quoted('control_arm') }}
                    else '
        and arm in ('''', ' || {{ model_monitor.quoted('control_arm') }} || ')'
                end || case when baseline <> 'previous' then ''
                    -- a week is made of its clean days
                    else '
        and date_trunc(''day'', event_time) not in (
            select period_start
            from {{ ref('model_monitor', 'int_monitor__suspects') }}
            where is_suspect
                and monitor = ' || {{ model_monitor.quoted('monitor') }} || '
                and log = ' || {{ model_monitor.quoted('log') }} || '
                and subject = ' || {{ model_monitor.quoted('subject') }} || '
                and slice_value in (''(all)'', ' || {{ model_monitor.quoted('slice_value') }} || ')
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
            then 'bins.category = case when side.x = 1 then ''true'' else ''false'' end'
            else '(side.x > bins.lower_edge or bins.lower_edge is null
            or (bins.lower_edge = bins.upper_edge and side.x = bins.upper_edge))
        and (side.x <= bins.upper_edge or bins.upper_edge is null)'
        end as in_bin_sql
    from compared

),

templated as (

    select
        *,
        case
            when family = 'drift'
                then {{ model_monitor.text_literal(model_monitor.template_drift()) }}
            when family = 'tail'
                then {{ model_monitor.text_literal(model_monitor.template_tail()) }}
            when family in ('quality', 'metrics', 'volume')
                then {{ model_monitor.text_literal(model_monitor.template_rate()) }}
            when family = 'freshness'
                then 'select max(loaded_at) as loaded_through from (
{rows}
) as log_rows'
            when family = 'dataset'
                then 'select avg(case when status = ''drifted'' then 1.0 else 0.0 end) as value
from {{ ref('model_monitor', 'monitor_drift') }}
where status in (''drifted'', ''ok'')
    and role = ''live''
    and monitor = ' || {{ model_monitor.quoted('monitor') }} || '
    and log = ' || {{ model_monitor.quoted('log') }} || '
    and model_version = ' || {{ model_monitor.quoted('model_version') }} || '
    and window_name = ' || {{ model_monitor.quoted('window_name') }} || '
    and slice_name = ' || {{ model_monitor.quoted('slice_name') }} || '
    and slice_value = ' || {{ model_monitor.quoted('slice_value') }} || '
    and baseline = ' || {{ model_monitor.quoted('baseline') }} || '
    and window_end = cast(''{end}'' as timestamp)'
        end as template,
        coalesce(metric_sql, case metric
            {%- for metric, sql in model_monitor.raw_rates().items() %}
            when '{{ metric }}' then {{ model_monitor.text_literal(sql) }}
            {%- endfor %}
        end) as formula_sql
    from worded

),

final as (

    select
        alert_id,
        {{ model_monitor.filled('template', {
            'formula': "coalesce(formula_sql, '')",
            'bins': 'bins_sql',
            'in_bin': 'in_bin_sql',
            'rows': "coalesce(rows_sql, '')",
            'before': "coalesce(before_sql, '')",
            'before_cell': "coalesce(before_cell_sql, '')",
            'value': "coalesce(value_sql, 'null')",
            'cell': "coalesce(cell_sql, '')",
            'start': model_monitor.as_text('shown_window_start'),
            'end': model_monitor.as_text('shown_window_end'),
            'categories': 'categories_sql',
            'min': model_monitor.as_text('min_allowed'),
            'max': model_monitor.as_text('max_allowed'),
            'least': model_monitor.as_text('least'),
            'most': model_monitor.as_text('most'),
            'stale': model_monitor.as_text('stale_above'),
        }) }} as reproduce_sql
    from templated

)

select * from final
