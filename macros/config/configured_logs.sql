{# The monitor and log of everything that is read: logs, and labels as a log of their own. #}
{% macro configured_log_rows() -%}
select monitor, log from {{ ref('model_monitor', 'int_monitor__logs') }}
union all
select monitor, log from {{ ref('model_monitor', 'int_monitor__outcomes') }}
{%- endmacro %}
