{#
    The monitors that `model-monitor run --monitor` selects: --vars '{only_monitors: [home_feed]}'.
    The other monitors stay configured and unchanged: the run reads and writes none of their rows.
    Returns a list of names, or none for all.
#}
{% macro only_monitors() %}
    {% set asked = model_monitor.setting('only_monitors') %}
    {{ return([asked] if asked is string else asked) }}
{% endmacro %}

{# The monitors that this run includes. #}
{% macro chosen_monitors() %}
    {% set only = model_monitor.only_monitors() %}
    {% set chosen = [] %}
    {% for monitor in model_monitor.monitors() if only is none or monitor.name in only %}
        {% do chosen.append(monitor) %}
    {% endfor %}
    {{ return(chosen) }}
{% endmacro %}

{# The same selection as a condition on a column. #}
{% macro is_chosen(column) %}
    {%- set only = model_monitor.only_monitors() -%}
    {{- return(
        '1 = 1' if only is none
        else column ~ ' in (' ~ model_monitor.text_literals(only) ~ ')'
    ) -}}
{% endmacro %}

{#- A run that selects no existing monitor would do nothing, and nobody would notice. -#}
{% macro _check_only(monitors, problems) %}
    {% set only = model_monitor.only_monitors() %}
    {% set names = monitors | map(attribute='name') | list %}
    {% if only is none %}
        {{ return('') }}
    {% elif only is mapping or only is not sequence or not only %}
        {% do model_monitor._problem(
            problems, 'only_monitors', 'a name or a list of names is expected', names,
            model_monitor._shown(only)
        ) %}
    {% else %}
        {% for name in only if name not in names %}
            {% do model_monitor._problem_word(
                problems, 'only_monitors', 'no such monitor', name, names
            ) %}
        {% endfor %}
    {% endif %}
{% endmacro %}
