{#
    Statistics of the user's own (plugins): macros of their project that turn two columns of shares
    into one number.
#}

{# Checks the plugins of a monitor: each macro exists. #}
{% macro _check_plugins(plugins, path, problems) %}
    {% for name, plugin in plugins.items() if plugin is mapping %}
        {% set macro = plugin.get('macro') %}
        {% if macro is not none and model_monitor.plugin_macro(macro) is none %}
            {% do model_monitor._problem(
                problems, path ~ ' › ' ~ name ~ ' › macro', 'no such macro',
                'project.macro, such as my_project.my_distance', macro
            ) %}
        {% endif %}
    {% endfor %}
{% endmacro %}

{# The macro that a plugin names, as `project.macro`; none if there is none. #}
{% macro plugin_macro(name) %}
    {% set parts = name.split('.') %}
    {% set found = context.get(parts[0]) if parts | length == 2 else none %}
    {{ return(found.get(parts[1]) if found is mapping else none) }}
{% endmacro %}

{#
    The plugins of all monitors: {monitor, name, threshold, place (in the configuration), statistic}.
    The statistic is SQL: an aggregate over rows with a share p (current) and a share q (baseline).
#}
{% macro plugins() %}
    {% set found = [] %}
    {% for monitor in model_monitor.monitors() %}
        {% for name, plugin in monitor.plugins.items() %}
            {% do found.append({
                'monitor': monitor.name,
                'name': name,
                'threshold': plugin.threshold,
                'place': monitor.name ~ ' › plugins › ' ~ name ~ ' › macro: ' ~ plugin.macro,
                'statistic': model_monitor._sql(
                    model_monitor.plugin_macro(plugin.macro)('p', 'q') | trim
                ),
            }) %}
        {% endfor %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}

{# The SQL of the plugin that an alert is about, as SQL text; null for other alerts. #}
{% macro plugin_formula() -%}
    cast(null as {{ model_monitor.type_text() }})
    {%- for plugin in model_monitor.plugins() -%}
    , case when family = 'plugin' and monitor = {{ model_monitor.text_literal(plugin.monitor) }}
            and metric = {{ model_monitor.text_literal(plugin.name) }}
            then {{ model_monitor.text_literal(plugin.statistic) }} end
    {%- endfor -%}
{%- endmacro %}

{# Stops the run if the warehouse refuses the SQL of a plugin; the error names the plugin and says why. #}
{% macro check_plugins(plugins) %}
    {% if not execute or not plugins %}{{ return('') }}{% endif %}
    {% set queries = [] %}
    {% for plugin in plugins %}
        {% do queries.append(
            'select cast(' ~ plugin.statistic ~ ' as ' ~ model_monitor.type_double()
            ~ ') as value from (select 0.5e0 as p, 0.5e0 as q) as shares'
        ) %}
    {% endfor %}
    {% set refused = [] %}
    {% for error in model_monitor.binding_errors(queries) %}
        {% if error is not none %}
            {% do refused.append(
                '  ' ~ plugins[loop.index0].place ~ ' returns SQL that the warehouse refuses: '
                ~ error.message.split('\n')[0]
            ) %}
        {% endif %}
    {% endfor %}
    {% if refused %}
        {% do exceptions.raise_compiler_error('model_monitor: plugins\n' ~ refused | join('\n')) %}
    {% endif %}
{% endmacro %}

{# One row per monitor and plugin. #}
{% macro plugin_rows() %}
    {% set rows = [] %}
    {% for plugin in model_monitor.plugins() %}
        {% do rows.append([
            model_monitor.text_literal(plugin.monitor), model_monitor.text_literal(plugin.name),
        ]) %}
    {% endfor %}
    {{ return(model_monitor.literal_rows([
        ['monitor', model_monitor.type_text()], ['plugin', model_monitor.type_text()],
    ], rows)) }}
{% endmacro %}

{# The columns of monitor_plugins, typed and empty. #}
{% macro empty_plugins() %}
    {% set text = model_monitor.type_text() %}
    {{ return(model_monitor.literal_rows([
        ['monitor', text], ['log', text], ['role', text], ['model_version', text],
        ['window_name', text], ['window_start', 'timestamp'], ['window_end', 'timestamp'],
        ['slice_name', text], ['slice_value', text], ['subject', text], ['baseline', text],
        ['plugin', text], ['value', model_monitor.type_double()],
        ['threshold', model_monitor.type_double()], ['row_count', 'bigint'],
    ], [])) }}
{% endmacro %}
