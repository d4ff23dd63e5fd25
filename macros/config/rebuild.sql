{# What `--vars '{rebuild: …}'` asks for, as a dictionary. #}
{% macro rebuild_vars() %}
    {% set asked = var('rebuild', none) %}
    {{ return(asked if asked is mapping else {}) }}
{% endmacro %}

{#- A rebuild that names nothing there is would be a run like any other, and nobody would notice. -#}
{% macro _check_rebuild(monitors, problems) %}
    {% set asked = model_monitor.rebuild_vars() %}
    {% set valid = ['from', 'monitor', 'subject'] %}
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
    {% set subjects = [] %}
    {% for monitor in monitors if name in (none, monitor.name) %}
        {% for log in monitor.logs %}
            {% do subjects.extend(log.subjects | map(attribute='name')) %}
        {% endfor %}
    {% endfor %}
    {% for subject in model_monitor.rebuild_subjects() if subjects and subject not in subjects %}
        {% do model_monitor._problem_word(
            problems, 'rebuild › subject', 'no such subject', subject, subjects | unique | list
        ) %}
    {% endfor %}
{% endmacro %}

{# The subjects whose rulers a rebuild freezes anew: one, a list, or none. #}
{% macro rebuild_subjects() %}
    {% set asked = model_monitor.rebuild_vars().get('subject') %}
    {{ return([] if asked is none else [asked] if asked is string else asked) }}
{% endmacro %}
