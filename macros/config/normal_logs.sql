{#- The logs of a monitor: the predictions, its other logs, and the logs derived from them. -#}
{% macro _normal_logs(monitor, scores, ranking, limits) %}
    {% set own = {'predictions': model_monitor._normal_predictions(monitor, scores, limits)} %}
    {% set given = monitor.get('logs') or {} %}
    {% for name, log in given.items() if 'from' not in log %}
        {% do own.update({name: model_monitor._normal_log(name, log, none, limits)}) %}
    {% endfor %}
    {% set logs = [own['predictions']] %}
    {% for name, log in given.items() %}
        {% do logs.append(
            own.get(name) or model_monitor._normal_log(name, log, own[log['from']], limits)
        ) %}
    {% endfor %}
    {% if ranking is not none %}
        {% do model_monitor._add_list_subjects(logs, ranking, limits) %}
    {% endif %}
    {{ return(logs) }}
{% endmacro %}

{#- The log of predictions: scores, features, operations, confidence, decision, then its slices. -#}
{% macro _normal_predictions(monitor, scores, limits) %}
    {% set log = monitor['predictions'] %}
    {% set entries = [] %}
    {% for name, score in scores.items() %}
        {% set spec = monitor['scores'][name] %}
        {% set says = {
            'min': spec.get('min'), 'max': spec.get('max'),
            'critical': spec.get('critical', score['primary']),
            'low_confidence': spec.get('low_confidence'),
        } %}
        {% if score['kind'] == 'multiclass' %}
            {% if score['predicted'] is not none %}
                {% do entries.append([name, 'score', dict(
                    says, type='categorical', column=score['predicted'],
                    values=score['probabilities'] | list
                ), {'primary': score['primary']}]) %}
            {% endif %}
            {% for class, column in score['probabilities'].items() %}
                {% do entries.append([name ~ '.' ~ class, 'score', dict(says, column=column), {
                    'probability': true,
                    'primary': score['primary'] and score['predicted'] is none,
                }]) %}
            {% endfor %}
        {% else %}
            {% do entries.append([name, 'score', says, {
                'probability': score['kind'] == 'binary',
                'primary': score['primary'],
                'thresholds': [] if score['threshold'] is none else [score['threshold']],
            }]) %}
        {% endif %}
    {% endfor %}
    {% for name, spec in (monitor.get('features') or {}).items() %}
        {% do entries.append([name, 'feature', spec, {}]) %}
    {% endfor %}
    {% for name, spec in (monitor.get('operations') or {}).items() %}
        {% do entries.append([name, 'operation', spec, {}]) %}
    {% endfor %}
    {% if 'confidence' in log %}
        {% do entries.append(['confidence', 'score', {'column': log['confidence']}, {
            'low_confidence': 0.5,
        }]) %}
    {% endif %}
    {% if 'decision' in log %}
        {% do entries.append(
            ['decision', 'score', {'column': log['decision'], 'type': 'boolean'}, {}]
        ) %}
    {% endif %}
    {#- a protected slice is a slice like any other, and also evaluated for fairness -#}
    {% set singles = (monitor.get('slices') or []) | selectattr('columns.1', 'undefined') | list %}
    {% set slices = singles[:] %}
    {% for name in monitor.get('protected_slices') or []
        if name not in singles | map(attribute='name') | list %}
        {% do slices.append({'name': name, 'columns': [name]}) %}
    {% endfor %}
    {% set slices = slices
        + (monitor.get('slices') or []) | selectattr('columns.1', 'defined') | list %}
    {% set assembled = model_monitor._assembled_log(
        {'name': 'predictions', 'from': none, 'per': none},
        dict(log, slices=slices, metrics=monitor.get('metrics') or {}),
        model_monitor._log_columns(log), entries, limits
    ) %}
    {% for kind, worth in model_monitor._normal_costs(monitor.get('costs') or {}).items()
        if worth is string %}
        {% do assembled['costs'].update({kind: worth}) %}
    {% endfor %}
    {{ return(assembled) }}
{% endmacro %}

{#- Any other log; `parent` is the (normal) log that it is derived from, or none. -#}
{% macro _normal_log(name, log, parent, limits) %}
    {% set entries = [] %}
    {% for subject, spec in (log.get('subjects') or {}).items() %}
        {% do entries.append([subject, spec.get('kind') or 'feature', spec, {}]) %}
    {% endfor %}
    {% if parent is none %}
        {{ return(model_monitor._assembled_log(
            {'name': name, 'from': none, 'per': none}, log, model_monitor._log_columns(log),
            entries, limits
        )) }}
    {% endif %}
    {% set per = log.get('per') or 'request' %}
    {% set per = parent['columns'].get(per) or per
        if per in ('request', 'user', 'item', 'id') else per %}
    {% set log = dict(
        log,
        slices=log['slices'] if 'slices' in log else parent['slices'],
        **parent['relation']
    ) %}
    {% set assembled = model_monitor._assembled_log(
        {'name': name, 'from': parent['name'], 'per': per}, log, parent['columns'], entries, limits
    ) %}
    {% do assembled.update({
        'control': parent['control'],
        'where': [parent['where'], assembled['where']] | reject('none') | join(' and ') or none,
    }) %}
    {{ return(assembled) }}
{% endmacro %}

{#- A log from its parts: identity (name, from, per), its settings, its columns, its subjects. -#}
{% macro _assembled_log(identity, log, columns, entries, limits) %}
    {% set slices = log.get('slices') or [] %}
    {% set known = entries | map(attribute=0) | list %}
    {% set entries = entries[:] %}
    {% for slice in slices %}
        {% for column in slice['columns'] if column not in known %}
            {% do known.append(column) %}
            {#-
                a row of a derived log aggregates many rows of its parent: the least value
                represents them
            -#}
            {% do entries.append([column, 'context', {'type': 'categorical', 'column': column}, {
                'aggregate': none if identity['from'] is none
                    else 'min(' ~ adapter.quote(column) ~ ')',
            }]) %}
        {% endfor %}
    {% endfor %}
    {% set metrics = [] %}
    {% set given = dict(
        model_monitor._own_metrics(identity, columns), **(log.get('metrics') or {})
    ) %}
    {% for name, metric in given.items() %}
        {% set per = metric.get('per') %}
        {% do metrics.append({
            'name': name,
            'numerator': metric['numerator'] if metric.get('counts_repeats')
                else model_monitor._sql(metric['numerator']),
            'denominator': model_monitor._sql(metric.get('denominator')),
            'per': columns[per] if per in ('request', 'user', 'item', 'id') else per,
            'where': model_monitor._sql(metric.get('where')),
            'layer': metric.get('layer') or 'behaviour',
            'better': none if metric.get('better') == 'none' else metric.get('better'),
            'expected': none if metric.get('expected') == 'none' else metric.get('expected'),
            'target': metric.get('target'),
            'counts_repeats': metric.get('counts_repeats', false),
        }) %}
    {% endfor %}
    {{ return(dict(
        identity,
        relation=model_monitor._relation_spec(log),
        where=model_monitor._sql(log.get('where')),
        columns=columns,
        control=(log.get('experiment') or {}).get('control'),
        slices=slices,
        subjects=model_monitor._normal_subjects(entries, limits),
        metrics=metrics,
        costs={}
    )) }}
{% endmacro %}

{#- The metrics that every log has, unless its configuration defines one of that name. -#}
{% macro _own_metrics(identity, columns) %}
    {% set metrics = {
        'volume': {'numerator': '1', 'layer': 'operations', 'expected': 'seasonal'},
    } %}
    {% if columns['id'] is not none and identity['from'] is none %}
        {% do metrics.update({'duplicate_share': {
            'numerator': 'repeats of ' ~ columns['id'], 'layer': 'data', 'counts_repeats': true,
        }}) %}
    {% endif %}
    {{ return(metrics) }}
{% endmacro %}

{#- The columns of a log, by role. -#}
{% macro _log_columns(log) %}
    {% set columns = {} %}
    {% for role in [
        'time', 'loaded_at', 'id', 'version', 'request', 'user', 'item', 'position', 'role',
        'decision', 'confidence', 'label',
    ] %}
        {% do columns.update({role: log.get(role)}) %}
    {% endfor %}
    {% set experiment = log.get('experiment') or {} %}
    {% do columns.update(
        {'experiment_id': experiment.get('id'), 'variant': experiment.get('variant')}
    ) %}
    {{ return(columns) }}
{% endmacro %}
