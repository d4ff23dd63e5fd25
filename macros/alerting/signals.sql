{# The columns of a signal before its history is known, each null unless given. #}
{% macro signal_columns(given) %}
    {%- set double = model_monitor.type_double() -%}
    {%- set unsaid = {
        'value': double, 'baseline_value': double, 'sample_size': 'bigint',
        'baseline_sample_size': 'bigint', 'noise_floor': double, 'p_value': double,
        'q_value': double, 'z': double, 'history_mean': double, 'history_scale': double,
        'history_windows': 'integer', 'dispersion': double, 'ruler_version': 'integer',
    } -%}
    {%- for name, data_type in unsaid.items() %}
    cast({{ given.get(name, 'null') }} as {{ data_type }}) as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
{% endmacro %}

{# The key of a signal; with a prefix for a join. #}
{% macro signal_keys() %}
    {{ return([
        'monitor', 'log', 'role', 'model_version', 'family', 'subject', 'metric', 'baseline',
        'window_name', 'slice_name', 'slice_value',
    ]) }}
{% endmacro %}
