{# The value of a subject as a number: numeric as it is, boolean as 0 or 1; null if it has none. #}
{% macro subject_number(subject, raw, data_type=none) %}
    {%- if subject.type == 'boolean' -%}
case {{ model_monitor.try_boolean(raw, data_type) }} when true then 1.0 when false then 0.0 end
    {%- else -%}
{{ model_monitor.try_double(raw, data_type) }}
    {%- endif -%}
{% endmacro %}

{# Is this number valid? A probability outside 0..1 is not, nor is a number outside is_measurable. #}
{% macro is_valid_number(subject, number) %}
    {%- if subject.probability -%}
({{ number }} >= 0.0 and {{ number }} <= 1.0)
    {%- elif subject.type == 'boolean' -%}
({{ number }} is not null)
    {%- else -%}
{{ model_monitor.is_measurable(number) }}
    {%- endif -%}
{% endmacro %}

{# The discrete percentiles of the reference that become edges. #}
{% macro ruler_levels() %}
    {{ return([
        0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5,
        0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.975, 0.99, 0.995, 0.999,
    ]) }}
{% endmacro %}
