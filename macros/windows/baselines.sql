{# A baseline is made of live rows that no experiment treated; control is made of control's alone. #}
{% macro is_baseline_row() -%}
bins.role = 'live'
        and (bins.arm = '' or bins.arm = periods.control_arm)
        and (periods.baseline <> 'control' or bins.arm = periods.control_arm)
{%- endmacro %}
