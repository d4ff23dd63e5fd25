{#- Checks one log: independent, or derived from another. -#}
{% macro _check_log(name, monitor, path, problems) %}
    {% set logs = monitor['logs'] %}
    {% set log = logs[name] or {} %}
    {% if name == 'predictions' %}
        {% do model_monitor._problem(
            problems, path, 'the name is taken by the log of predictions', 'another name'
        ) %}
    {% endif %}
    {% do model_monitor._config_scalar(name, 'name', path, problems) %}
    {% if 'from' in log %}
        {% set parents = ['predictions'] + logs | reject('equalto', name) | list %}
        {% set parent = (monitor.get('predictions') or {}) if log['from'] == 'predictions'
            else logs.get(log['from']) or {} %}
        {% if log['from'] is none %}
        {% elif log['from'] not in parents %}
            {% do model_monitor._problem_word(
                problems, path ~ ' › from', 'not another log of this monitor', log['from'], parents
            ) %}
        {% elif 'from' in parent %}
            {% do model_monitor._problem(
                problems, path ~ ' › from', 'a log is not derived from a derived one',
                'a log with a source or ref of its own', model_monitor._shown(log['from'])
            ) %}
        {% endif %}
        {% if 'per' not in log and 'request' not in parent %}
            {% do model_monitor._problem(
                problems, path ~ ' › per',
                'missing: the column that groups the rows of the parent log',
                'the name of a column, such as request_id'
            ) %}
        {% elif log.get('per') in ('request', 'user', 'item', 'id') and log['per'] not in parent %}
            {% do model_monitor._problem(
                problems, path ~ ' › per', 'the parent log has no such column',
                log['per'] ~ ': on that log, or the name of a column', log['per']
            ) %}
        {% endif %}
        {% for key in log if key not in ('from', 'per', 'where', 'slices', 'subjects', 'metrics') %}
            {% do model_monitor._problem(
                problems, path ~ ' › ' ~ key,
                'a derived log inherits this from its parent log',
                'from, per, where, slices, subjects, metrics'
            ) %}
        {% endfor %}
        {% for subject, spec in (log.get('subjects') or {}).items()
            if spec is not none and 'sql' not in spec %}
            {% do model_monitor._problem(
                problems, path ~ ' › subjects › ' ~ subject ~ ' › sql',
                'missing: a subject of a derived log is an aggregate',
                'such as count(*) or max(p_click)'
            ) %}
        {% endfor %}
        {% do model_monitor._check_metrics(
            log.get('metrics') or {}, parent, path ~ ' › metrics', problems
        ) %}
    {% else %}
        {% if logs[name] is not none and 'source' not in log and 'ref' not in log %}
            {% do model_monitor._problem(
                problems, path, 'no relation is named',
                'source: [source, table], ref: [project, model], or from: another log'
            ) %}
        {% endif %}
        {% if logs[name] is not none and 'time' not in log %}
            {% do model_monitor._problem(problems, path ~ ' › time', 'missing') %}
        {% endif %}
        {% if 'per' in log %}
            {% do model_monitor._problem(
                problems, path ~ ' › per', 'only valid in a derived log',
                'from: the log it is derived from'
            ) %}
        {% endif %}
        {% do model_monitor._check_metrics(
            log.get('metrics') or {}, log, path ~ ' › metrics', problems
        ) %}
        {% do model_monitor._check_experiment(log, path, problems) %}
    {% endif %}
    {% set subjects = log.get('subjects') or {} %}
    {% do model_monitor._check_subjects(subjects, path ~ ' › subjects', problems) %}
    {% do model_monitor._check_slices(
        (log.get('slices') or []) | map(attribute='columns') | list, [subjects],
        path ~ ' › slices', problems
    ) %}
{% endmacro %}

{#- Checks the metrics of one log; `log` shows which columns it has. -#}
{% macro _check_metrics(metrics, log, path, problems) %}
    {% for name, metric in metrics.items() if metric %}
        {% set at = path ~ ' › ' ~ name %}
        {% if 'per' in metric and 'denominator' in metric %}
            {% do model_monitor._problem(
                problems, at, 'both per and denominator are given', 'one of them'
            ) %}
        {% endif %}
        {% if metric.get('per') in ('request', 'user', 'item', 'id') and metric['per'] not in log %}
            {% do model_monitor._problem(
                problems, at ~ ' › per', 'not a configured column of the log',
                metric['per'] ~ ': on the log, or the name of a column', metric['per']
            ) %}
        {% endif %}
    {% endfor %}
{% endmacro %}

{#- Checks the shares of an experiment's variants. -#}
{% macro _check_experiment(log, path, problems) %}
    {% set experiment = log.get('experiment') or {} %}
    {% set split = experiment.get('split') %}
    {% if split is not none %}
        {% set at = path ~ ' › experiment › split' %}
        {% set shares = split.values() | select('number') | list %}
        {% if shares | length < 2 or shares | length < split | length %}
            {% if shares | length == split | length %}
                {% do model_monitor._problem(
                    problems, at, 'fewer than two variants',
                    'such as {control: 0.5, treatment: 0.5}'
                ) %}
            {% endif %}
        {% elif (shares | sum - 1) | abs > 0.000001 %}
            {% do model_monitor._problem(
                problems, at, 'the shares do not add up to 1', 'shares that add up to 1',
                shares | sum | round(6)
            ) %}
        {% endif %}
        {% if experiment.get('control') is not none and experiment['control'] not in split %}
            {% do model_monitor._problem_word(
                problems, path ~ ' › experiment › control', 'not a variant of the split',
                experiment['control'], split | list
            ) %}
        {% endif %}
    {% endif %}
{% endmacro %}
