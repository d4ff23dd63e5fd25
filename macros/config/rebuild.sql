{# The settings of `--vars '{rebuild: …}'`, as a dictionary. #}
{% macro rebuild_vars() %}
    {% set asked = model_monitor.setting('rebuild') %}
    {{ return(asked if asked is mapping else {}) }}
{% endmacro %}

{#- A rebuild of something that does not exist would be an ordinary run, and nobody would notice. -#}
{% macro _check_rebuild(monitors, problems) %}
    {% set asked = model_monitor.rebuild_vars() %}
    {% set valid = model_monitor._config_vars()['rebuild']['keys'] | list %}
    {% for key in asked if key not in valid %}
        {% do model_monitor._problem_word(problems, 'rebuild › ' ~ key, 'an unknown key', key, valid) %}
    {% endfor %}
    {% if asked and model_monitor._instant(asked.get('from')) is none %}
        {% do model_monitor._problem(
            problems, 'rebuild › from', 'not a day', 'a UTC date such as 2026-01-31',
            model_monitor._shown(asked.get('from'))
        ) %}
    {% endif %}
    {% set names = monitors | map(attribute='name') | list %}
    {% set name = asked.get('monitor') %}
    {% if name is not none and name not in names %}
        {% do model_monitor._problem_word(
            problems, 'rebuild › monitor', 'no such monitor', name, names
        ) %}
    {% endif %}
    {% set subjects, slices = [], [] %}
    {% for monitor in monitors if name in (none, monitor.name) %}
        {% for log in monitor.logs %}
            {% do subjects.extend(log.subjects | map(attribute='name')) %}
            {% for slice in log.slices %}{% do slices.extend(slice.columns) %}{% endfor %}
        {% endfor %}
    {% endfor %}
    {% for subject in model_monitor.rebuild_subjects() if subjects and subject not in subjects %}
        {% do model_monitor._problem_word(
            problems, 'rebuild › subject', 'no such subject', subject, subjects | unique | list
        ) %}
    {% endfor %}
    {% for slice in model_monitor.rebuild_slices() if slices and slice not in slices %}
        {% do model_monitor._problem_word(
            problems, 'rebuild › slice', 'no such slice', slice, slices | unique | list
        ) %}
    {% endfor %}
{% endmacro %}

{# The subjects whose rulers a rebuild freezes again: one, a list, or none. #}
{% macro rebuild_subjects() %}
    {{ return(model_monitor._rebuild_names('subject')) }}
{% endmacro %}

{# The slice columns whose vocabulary a rebuild extends with values that are frequent now. #}
{% macro rebuild_slices() %}
    {{ return(model_monitor._rebuild_names('slice')) }}
{% endmacro %}

{# The slices that use these columns, including combinations. #}
{% macro widened_slices() %}
    {% set names = [] %}
    {% for monitor in model_monitor.monitors() %}
        {% for log in monitor.logs %}
            {% for slice in log.slices
                if slice.columns | select('in', model_monitor.rebuild_slices()) | list %}
                {% do names.append(slice.name) %}
            {% endfor %}
        {% endfor %}
    {% endfor %}
    {{ return(names | unique | list) }}
{% endmacro %}

{% macro _rebuild_names(key) %}
    {% set asked = model_monitor.rebuild_vars().get(key) %}
    {{ return([] if asked is none else [asked] if asked is string else asked) }}
{% endmacro %}
