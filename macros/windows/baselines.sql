{# Whether a row belongs to a treated live arm: every arm but the control. Needs logs beside the rows. #}
{% macro is_treated(rows) -%}
{{ rows }}.role = 'live'
        and {{ rows }}.arm not in ('', coalesce(logs.control_arm, {{ rows }}.arm))
{%- endmacro %}

{#
    The windows of these rows in which an arm was treated. Use it in a join: as a subquery per row,
    some engines would search it for each row.
#}
{% macro treated_windows(rows) -%}
select distinct
        windows.monitor,
        windows.log,
        windows.window_start,
        windows.window_end
    from (
        {%- for name in rows %}
        {{ 'select distinct' if rows | length == 1 else 'select' }} monitor, log, window_start, window_end
        from {{ name }}
        {{ 'union' if not loop.last }}
        {%- endfor %}
    ) as windows
    inner join (
        select distinct
            sums.monitor,
            sums.log,
            sums.period_start
        from {{ ref('model_monitor', 'int_monitor__metric_sums') }} as sums
        inner join {{ ref('model_monitor', 'int_monitor__logs') }} as logs
            on sums.monitor = logs.monitor
            and sums.log = logs.log
        where sums.metric = 'volume'
            and sums.grain = 'day'
            and sums.slice_name = '(all)'
            and {{ model_monitor.is_treated('sums') }}
    ) as treated_days
        on windows.monitor = treated_days.monitor
        and {{ dbt.split_part('windows.log', "'.'", 1) }} = treated_days.log
        and windows.window_end > treated_days.period_start
        and windows.window_start < treated_days.period_start + interval '1 day'
{%- endmacro %}

{#
    A baseline consists of live rows that no experiment treated; the baseline control, of control's
    rows.
#}
{% macro is_baseline_row() -%}
bins.role = 'live'
        and (bins.arm = '' or bins.arm = periods.control_arm)
        and (periods.baseline <> 'control' or bins.arm = periods.control_arm)
{%- endmacro %}
