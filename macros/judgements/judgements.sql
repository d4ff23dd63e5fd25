{# What an alert is about, without when: the rule and the key of its signal. #}
{% macro fingerprint() -%}
    {{ dbt.hash(model_monitor.history_keys() | join(" || '|' || ")) }}
{%- endmacro %}

{# Whether a rule says how low a value may be. #}
{% macro is_floor() -%}
kind = 'static' and direction = 'below'
{%- endmacro %}

{#
    Whether an effect is as large as a threshold; a floor is reached from above. With a share: whether it is near. Above
    a floor under 1 there may be no more than 1: near is less than what is left of that.
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
    How grave a measured signal is: critical, warn, none, or null where that cannot be known. With a
    share of the thresholds and a weaker proof: whether it is near.
#}
{% macro verdict_grade(share='1.0', odds='1.0', unusual_by='unusual_by', effect='effect') -%}
{%- set reaches_any = model_monitor.is_reached('coalesce(warn, critical)', share, effect) %}
{%- set reaches_critical = model_monitor.is_reached('critical', share, effect) %}
{%- set reaches_warn = model_monitor.is_reached('warn', share, effect) %}
case
    when {{ effect }} is null then null
    when not {{ reaches_any }} or odds > {{ odds }} then 'none'
    when is_unknown then null
    -- the whole warns at most; by distance, only of what is far beyond
    when is_learning and ({{ reaches_critical }} or kind = 'delta') then 'warn'
    when is_learning or {{ unusual_by }} <= {{ share }} then 'none'
    when {{ reaches_critical }} then 'critical'
    when {{ reaches_warn }} then 'warn'
    else 'none'
end
{%- endmacro %}

{# What tells one story from another: a rule and a signal, without the window. #}
{% macro history_keys() %}
    {{ return(['rule_id'] + model_monitor.signal_keys()) }}
{% endmacro %}

{# The columns of a judgement, without when it was made. #}
{% macro judgement_columns() %}
    {{ return(['fingerprint'] + model_monitor.verdict_columns()) }}
{% endmacro %}

{# What a judgement takes from a verdict: all but the name of its story. #}
{% macro verdict_columns() %}
    {{ return(model_monitor.signal_keys() + [
        'window_start', 'window_end', 'outcome', 'severity', 'held_level', 'value',
        'baseline_value', 'effect', 'threshold', 'strength', 'sample_size', 'noise_floor', 'z',
        'is_learning', 'history_windows', 'rule_id', 'rule_version', 'ruler_version',
        'for_windows', 'clear_windows',
    ]) }}
{% endmacro %}

{# What of a judgement holds for its whole story, and the window it is about. #}
{% macro history_columns() %}
    {{ return(['fingerprint'] + model_monitor.signal_keys() + [
        'window_end', 'rule_id', 'rule_version', 'for_windows', 'clear_windows',
    ]) }}
{% endmacro %}

{# A table of this package as an earlier run left it; none before there is one. #}
{% macro built_relation(name) %}
    {% if execute %}
        {{ return(load_relation(model_monitor.package_relation(name))) }}
    {% endif %}
    {{ return(none) }}
{% endmacro %}
