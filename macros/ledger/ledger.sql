{#
    The start of this run, and dbt's clock while it compiles a model; both in UTC. Only the ledger
    of runs may store them: a result is a function of as_of.
#}
{% macro run_started() -%}
    {{- return("cast('" ~ run_started_at.strftime('%Y-%m-%d %H:%M:%S') ~ "' as timestamp)") -}}
{%- endmacro %}

{% macro run_clock() -%}
    {%- set now = modules.datetime.datetime.now(modules.pytz.utc) if execute else run_started_at -%}
    {{- return("cast('" ~ now.strftime('%Y-%m-%d %H:%M:%S') ~ "' as timestamp)") -}}
{%- endmacro %}

{#
    A hash of the configuration: monitors and policy, without the options of a single run.
    Expressions are left out: they are in the dialect of the engine, and the subject's definition
    covers their meaning.
#}
{% macro config_hash() %}
    {% set config = model_monitor.configuration() %}
    {% set monitors = [] %}
    {% for monitor in config.monitors %}
        {% set logs = [] %}
        {% for log in monitor.logs %}
            {% set subjects = [] %}
            {% for subject in log.subjects %}
                {% do subjects.append(dict(subject, sql=none)) %}
            {% endfor %}
            {% do logs.append(dict(log, subjects=subjects)) %}
        {% endfor %}
        {% do monitors.append(dict(monitor, logs=logs)) %}
    {% endfor %}
    {{ return(local_md5(tojson(
        {'monitors': monitors, 'policy': config.policy}, sort_keys=true
    ))) }}
{% endmacro %}

{# `dbt build --empty` reads no row: it must freeze nothing and record nothing as done. #}
{% macro is_empty_run() %}
    {{ return(flags.EMPTY | default(false) | as_bool) }}
{% endmacro %}
