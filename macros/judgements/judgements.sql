{# The identity of an alert without its time: the rule and the key of its signal. #}
{% macro fingerprint() -%}
    {{ dbt.hash(model_monitor.history_keys() | join(" || '|' || ")) }}
{%- endmacro %}

{# Whether a rule sets a lower limit for a value. #}
{% macro is_floor() -%}
kind = 'static' and direction = 'below'
{%- endmacro %}

{#
    Whether an effect reaches a threshold; a floor is reached from above. With a share below 1:
    whether the effect is near the threshold. A value with a floor under 1 may not exceed 1: near is
    then less than the remaining distance to 1.
#}
{% macro is_reached(level, share, effect='effect') -%}
(case
    when is_floor and {{ level }} < 1
        then {{ effect }} <= {{ level }} + (1 - {{ share }}) * least({{ level }} / {{ share }}, 1 - {{ level }})
    when is_floor then {{ effect }} <= {{ level }} / {{ share }}
    else {{ effect }} >= {{ share }} * {{ level }}
end)
{%- endmacro %}

{#
    The severity of a measured signal: critical, warn, none, or null if it cannot be known. With a
    share of the thresholds and weaker evidence: whether it is near them.
#}
{% macro verdict_grade(share='1.0', odds='1.0', unusual_by='unusual_by', effect='effect') -%}
{%- set reaches_any = model_monitor.is_reached('coalesce(warn, critical)', share, effect) %}
{%- set reaches_critical = model_monitor.is_reached('critical', share, effect) %}
{%- set reaches_warn = model_monitor.is_reached('warn', share, effect) %}
case
    when {{ effect }} is null then null
    when not {{ reaches_any }} or odds > {{ odds }} then 'none'
    when is_unknown then null
    -- while the baseline warms up, all rows warn at most; a distance must reach the critical
    -- threshold
    when is_learning and ({{ reaches_critical }} or kind = 'delta') then 'warn'
    when is_learning or {{ unusual_by }} <= {{ share }} then 'none'
    when {{ reaches_critical }} then 'critical'
    when {{ reaches_warn }} then 'warn'
    else 'none'
end
{%- endmacro %}

{# The key of a history: a rule and a signal, without the window. #}
{% macro history_keys() %}
    {{ return(['rule_id'] + model_monitor.signal_keys()) }}
{% endmacro %}

{# The columns of a judgement, without its time. #}
{% macro judgement_columns() %}
    {{ return(['fingerprint'] + model_monitor.verdict_columns()) }}
{% endmacro %}

{# The columns that a judgement takes from a verdict: all but the fingerprint. #}
{% macro verdict_columns() %}
    {{ return(model_monitor.signal_keys() + [
        'window_start', 'window_end', 'outcome', 'severity', 'held_level', 'value',
        'baseline_value', 'effect', 'threshold', 'strength', 'sample_size', 'noise_floor', 'z',
        'is_learning', 'history_windows', 'rule_id', 'rule_version', 'ruler_version',
        'for_windows', 'clear_windows',
    ]) }}
{% endmacro %}

{# The columns of a judgement that are constant within its history, and its window. #}
{% macro history_columns() %}
    {{ return(['fingerprint'] + model_monitor.signal_keys() + [
        'window_end', 'rule_id', 'rule_version', 'for_windows', 'clear_windows',
    ]) }}
{% endmacro %}

{# A table of this package as an earlier run left it; none before the first run. #}
{% macro built_relation(name) %}
    {% if execute %}
        {{ return(load_relation(model_monitor.package_relation(name))) }}
    {% endif %}
    {{ return(none) }}
{% endmacro %}
