{# Whether a row is of a live arm that is treated: of several, each but the control. Beside logs. #}
{% macro is_treated(rows) -%}
{{ rows }}.role = 'live'
        and {{ rows }}.arm not in ('', coalesce(logs.control_arm, {{ rows }}.arm))
{%- endmacro %}

{# A baseline is made of live rows that no experiment treated; control is made of control's alone. #}
{% macro is_baseline_row() -%}
bins.role = 'live'
        and (bins.arm = '' or bins.arm = periods.control_arm)
        and (periods.baseline <> 'control' or bins.arm = periods.control_arm)
{%- endmacro %}
