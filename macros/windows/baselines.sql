{# Whether a row is of a live arm that is treated: of several, each but the control. Beside logs. #}
{% macro is_treated(rows) -%}
{{ rows }}.role = 'live'
        and {{ rows }}.arm not in ('', coalesce(logs.control_arm, {{ rows }}.arm))
{%- endmacro %}

{# The days on which an arm was treated. #}
{% macro treated_days() -%}
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
{%- endmacro %}

{# Whether an arm was treated in a window. Beside treated_days. #}
{% macro holds_treatment(windows) -%}
exists (
        select 1
        from treated_days
        where treated_days.monitor = {{ windows }}.monitor
            and treated_days.log = {{ dbt.split_part(windows ~ '.log', "'.'", 1) }}
            and treated_days.period_start < {{ windows }}.window_end
            and treated_days.period_start + interval '1 day' > {{ windows }}.window_start
    )
{%- endmacro %}

{# A baseline is made of live rows that no experiment treated; control is made of control's alone. #}
{% macro is_baseline_row() -%}
bins.role = 'live'
        and (bins.arm = '' or bins.arm = periods.control_arm)
        and (periods.baseline <> 'control' or bins.arm = periods.control_arm)
{%- endmacro %}
