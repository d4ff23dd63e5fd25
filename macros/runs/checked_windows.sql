{#
    The windows whose results an expectation suite checks: those that the last run replaced
    (`replaced_by` names the relation that lists them, as in the model's meta) and the latest of
    every kind, so that a check always has rows. With --vars '{check: all}', every window that has a
    profile.
#}
{% macro checked_windows(replaced_by) %}
select
    monitor,
    log,
    window_name,
    window_end
from {{ ref('model_monitor', replaced_by) }}
union
select
    monitor,
    log,
    window_name,
    {{ 'window_end' if model_monitor.checks_everything() else 'max(window_end) as window_end' }}
from {{ ref('model_monitor', 'monitor_profiles') }}
{%- if not model_monitor.checks_everything() %}
group by monitor, log, window_name
{%- endif %}
{% endmacro %}

{# Whether a value is NaN or infinite. A comparison with NaN would pass. #}
{% macro not_finite(columns) -%}
case
    when {% for column in columns %}not {{ model_monitor.is_finite(column) | trim }}
        {{- ' or ' if not loop.last }}{% endfor %}
        then 1
    else 0
end
{%- endmacro %}

{#
    The end of the first checked window of a log with distributions, as a literal: windows of
    outcomes reach back further. monitor_distributions is a view over the largest table, and only a
    literal bound is pushed down into it (measured: a hundred times faster). An analysis queries it
    while it is compiled; a model may not do that.
#}
{% macro first_checked_end(replaced_by) %}
    {%- set is_built = execute and load_relation(model_monitor.package_relation(replaced_by)) -%}
    {%- set first_end = run_query(
        'select min(window_end) as first_end from ('
        ~ model_monitor.checked_windows(replaced_by) ~ ') as checked where exists (select 1 from '
        ~ ref('model_monitor', 'monitor_profiles') ~ ' as profiles'
        ~ ' where profiles.monitor = checked.monitor and profiles.log = checked.log)'
    ).columns[0].values()[0] if is_built else none -%}
    {{- return("cast('" ~ (first_end or '0001-01-01') ~ "' as timestamp)") -}}
{% endmacro %}
