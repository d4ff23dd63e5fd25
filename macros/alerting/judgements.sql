{# What an alert is about, without when: the rule and the key of its signal. #}
{% macro fingerprint() -%}
    {%- set parts = ['rule_id'] + model_monitor.signal_keys() -%}
    {{ dbt.hash(parts | join(" || '|' || ")) }}
{%- endmacro %}

{#
    The judgements of earlier runs, without those that this run replaces: the same windows at the
    same as_of. None before there is a table.
#}
{% macro earlier_judgement_rows(relation, is_there) %}
    {%- set columns = [
        'fingerprint', 'monitor', 'log', 'role', 'model_version', 'family', 'subject', 'metric',
        'baseline', 'window_name', 'window_start', 'window_end', 'slice_name', 'slice_value',
        'as_of', 'outcome', 'severity', 'value', 'baseline_value', 'effect', 'threshold',
        'strength', 'sample_size', 'noise_floor', 'z', 'is_learning', 'rule_id', 'rule_version',
        'ruler_version', 'for_windows', 'clear_windows',
    ] -%}
{% if is_there %}
select
    {%- for column in columns %}
    judgements.{{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ relation }} as judgements
left join windows
    on judgements.monitor = windows.monitor
    and judgements.log = windows.log
    and judgements.window_name = windows.window_name
    and judgements.window_end = windows.window_end
    and judgements.as_of = windows.as_of
where windows.monitor is null
{% else %}
select
    {%- for column in columns %}
    {{ model_monitor.as_of_timestamp() ~ ' as as_of' if column == 'as_of' else column }}
    {{- ',' if not loop.last }}
    {%- endfor %}
from {{ ref('model_monitor', 'int_monitor__verdicts') }}
where 1 = 0
{% endif %}
{% endmacro %}
