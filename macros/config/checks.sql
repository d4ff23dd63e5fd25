{#-
    Checks that the settings of one monitor agree with each other. `monitor` is clean (see
    _config_walk): every value present has its right type, so these checks only cover relations
    between values.
-#}
{% macro _check_monitor(monitor, path, problems) %}
    {% set predictions = monitor.get('predictions') or {} %}
    {% set scores = monitor.get('scores') or {} %}
    {% set logs = monitor.get('logs') or {} %}

    {% set measured = ['scores', 'features', 'operations', 'slices', 'metrics', 'logs'] %}
    {% if not measured | select('in', monitor) | list %}
        {% do model_monitor._problem(
            problems, path, 'there is nothing to monitor', 'at least one of ' ~ measured | join(', ')
        ) %}
    {% endif %}

    {% do model_monitor._check_scores(monitor, path, problems) %}
    {% do model_monitor._check_outcomes(monitor, path, problems) %}
    {% for group in ['features', 'operations'] if monitor.get(group) %}
        {% do model_monitor._check_subjects(monitor[group], path ~ ' › ' ~ group, problems) %}
    {% endfor %}
    {% do model_monitor._check_names(monitor, path, problems) %}
    {% do model_monitor._check_metrics(
        monitor.get('metrics') or {}, predictions, path ~ ' › metrics', problems
    ) %}
    {% do model_monitor._check_experiment(predictions, path ~ ' › predictions', problems) %}
    {% for name in logs %}
        {% do model_monitor._check_log(name, monitor, path ~ ' › logs › ' ~ name, problems) %}
    {% endfor %}
    {% do model_monitor._check_reference(monitor, path ~ ' › reference', problems) %}
    {% do model_monitor._check_plugins(monitor.get('plugins') or {}, path ~ ' › plugins', problems) %}
    {% do model_monitor._check_rest(monitor, path, problems) %}
    {% if 'retraining' in monitor or 'gates' in monitor %}
        {% do model_monitor._check_retraining(monitor, path, problems) %}
    {% endif %}
{% endmacro %}

{#- Checks the reference: a separate relation, a range of the log, or both. -#}
{% macro _check_reference(monitor, path, problems) %}
    {% set reference = monitor.get('reference') %}
    {% if reference is not none %}
        {% set has_relation = 'source' in reference or 'ref' in reference %}
        {% set has_range = 'from' in reference or 'to' in reference %}
        {% if not has_relation and not has_range %}
            {% do model_monitor._problem(
                problems, path, 'neither a relation nor a range of days',
                'source or ref, or from and to'
            ) %}
        {% endif %}
        {% for key in ['from', 'to'] if has_range and key not in reference %}
            {% do model_monitor._problem(
                problems, path ~ ' › ' ~ key, 'missing: a range has both ends',
                'a date such as 2026-01-31'
            ) %}
        {% endfor %}
        {% if reference.get('from') is not none and reference.get('to') is not none
            and reference['from'] >= reference['to'] %}
            {% do model_monitor._problem(
                problems, path ~ ' › to', 'not after from (to is exclusive)',
                'a date after ' ~ reference['from'], reference['to']
            ) %}
        {% endif %}
        {% if has_relation and has_range and 'time' not in reference %}
            {% do model_monitor._problem(
                problems, path ~ ' › time', 'missing: from and to need a time',
                'the column of the relation that holds it'
            ) %}
        {% endif %}
        {% if has_range and not has_relation %}
            {% for key in ['time', 'outcomes'] if key in reference %}
                {% do model_monitor._problem(
                    problems, path ~ ' › ' ~ key, 'not valid with a range of the log',
                    'leave it out, or name source or ref'
                ) %}
            {% endfor %}
        {% endif %}
        {% set declared = model_monitor._outcome_names(monitor) %}
        {% for name in reference.get('outcomes') or {} if name not in declared %}
            {% do model_monitor._problem_word(
                problems, path ~ ' › outcomes › ' ~ name, 'an outcome that is not declared', name,
                declared
            ) %}
        {% endfor %}
    {% endif %}
{% endmacro %}

{#- Checks costs, labelling, examples, recomputed, comparisons, correlations, limits, retention. -#}
{% macro _check_rest(monitor, path, problems) %}
    {% set scores = monitor.get('scores') or {} %}
    {% set has_id = model_monitor._is_given(monitor, 'id') %}
    {% for key in ['labelling', 'examples', 'recomputed'] if monitor.get(key) not in (none, false)
        and not has_id %}
        {% do model_monitor._problem(
            problems, path ~ ' › ' ~ key, 'it names single predictions by their id',
            'predictions › id: the column that holds it'
        ) %}
    {% endfor %}
    {% if monitor.get('labelling') is not none %}
        {% set asked = monitor['labelling'].get('score') %}
        {% set labelled = model_monitor._labelled_scores(monitor) %}
        {% if asked is not none and asked not in labelled %}
            {% do model_monitor._problem_word(
                problems, path ~ ' › labelling › score',
                'not a binary or multiclass score with an outcome', asked, labelled
            ) %}
        {% elif not labelled %}
            {% do model_monitor._problem(
                problems, path ~ ' › labelling',
                'labelling needs a binary or multiclass score with an outcome',
                'such as scores: {p_fraud: {kind: binary, outcome: fraud}}'
            ) %}
        {% endif %}
    {% endif %}
    {% if monitor.get('examples') == true
        and not scores.values() | select | selectattr('outcome', 'defined') | list %}
        {% do model_monitor._problem(
            problems, path ~ ' › examples',
            'examples show wrong and right predictions, and no score has an outcome',
            'such as scores: {p_fraud: {kind: binary, outcome: fraud, threshold: 0.5}}'
        ) %}
    {% endif %}
    {% if monitor.get('recomputed') is not none and 'features' not in monitor %}
        {% do model_monitor._problem(
            problems, path ~ ' › recomputed', 'there is no feature to compare', 'features'
        ) %}
    {% endif %}
    {% if monitor.get('costs') is not none %}
        {% set judged = namespace(any=false) %}
        {% for score in scores.values() if score %}
            {% if 'outcome' in score and model_monitor._score_kind(
                monitor.get('problem'), score
            ) in (none, 'binary') %}
                {% set judged.any = true %}
            {% endif %}
        {% endfor %}
        {% if not judged.any %}
            {% do model_monitor._problem(
                problems, path ~ ' › costs', 'costs need a binary score with an outcome',
                'such as scores: {p_fraud: {outcome: fraud, threshold: 0.5}}'
            ) %}
        {% endif %}
    {% endif %}
    {% set names = [] %}
    {% for comparison in monitor.get('comparisons') or [] %}
        {% set comparison = comparison or {} %}
        {% set at = path ~ ' › comparisons[' ~ loop.index0 ~ ']'
            ~ (' ' ~ model_monitor._shown(comparison['name']) if comparison.get('name') else '') %}
        {% if comparison.get('name') is not none and comparison['name'] in names %}
            {% do model_monitor._problem(
                problems, at ~ ' › name', 'the name is taken', 'a name of its own',
                model_monitor._shown(comparison['name'])
            ) %}
        {% endif %}
        {% do names.append(comparison.get('name')) %}
        {% if comparison.get('champion') is not none
            and comparison['champion'] == comparison.get('challenger') %}
            {% do model_monitor._problem(
                problems, at, 'champion and challenger are the same version', none,
                model_monitor._shown(comparison['champion'])
            ) %}
        {% endif %}
    {% endfor %}
    {% if monitor.get('correlations') is sequence and monitor['correlations'] is not mapping %}
        {% set numeric = [] %}
        {% for group in ['features', 'scores', 'operations'] %}
            {% for name, subject in (monitor.get(group) or {}).items()
                if (subject or {}).get('type') in (none, 'numeric') %}
                {% do numeric.append(name) %}
            {% endfor %}
        {% endfor %}
        {% for pair in monitor['correlations'] %}
            {% for name in pair if name not in numeric %}
                {% do model_monitor._problem_word(
                    problems, path ~ ' › correlations', 'not a numeric feature, score or operation',
                    name, numeric
                ) %}
            {% endfor %}
        {% endfor %}
    {% endif %}
    {% set limits = monitor.get('limits') or {} %}
    {% set rows = limits.get('min_rows', 500) %}
    {% set cell = limits.get('min_cell', 20) %}
    {% if rows is not none and cell is not none and cell > rows %}
        {% do model_monitor._problem(
            problems, path ~ ' › limits › min_cell', 'above min_rows',
            'a number up to ' ~ rows, cell
        ) %}
    {% endif %}
    {% set retention = monitor.get('retention') or {} %}
    {% set day = retention.get('day', 400) %}
    {% set sliced = retention.get('day_sliced', 100) %}
    {% if day is not none and sliced is not none and sliced > day %}
        {% do model_monitor._problem(
            problems, path ~ ' › retention › day_sliced', 'longer than day', 'up to ' ~ day ~ 'd',
            sliced ~ 'd'
        ) %}
    {% endif %}
{% endmacro %}

{#-
    Do the predictions name this column? Also true if they are not a mapping: that problem is
    already noted.
-#}
{% macro _is_given(monitor, column) %}
    {% set predictions = monitor.get('predictions') %}
    {{ return(predictions is none or column in predictions) }}
{% endmacro %}
