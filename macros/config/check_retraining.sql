{#- Checks the retraining triggers and the gates of a new version: both need outcomes. -#}
{% macro _check_retraining(monitor, path, problems) %}
    {% set kinds = model_monitor._kinds_with_outcome(monitor) %}
    {% set retraining = monitor.get('retraining') or {} %}
    {% for key in ['performance', 'labels'] if retraining.get(key) and not kinds %}
        {% do model_monitor._problem(
            problems, path ~ ' › retraining › ' ~ key, 'there is no score with an outcome',
            'such as scores: {p_fraud: {kind: binary, outcome: fraud}}'
        ) %}
    {% endfor %}
    {% if retraining.get('labels') is not none and 'day' not in (monitor.get('windows') or ['day']) %}
        {% do model_monitor._problem(
            problems, path ~ ' › retraining › labels', 'labels are counted by the day',
            'windows with day', '[' ~ monitor['windows'] | join(', ') ~ ']'
        ) %}
    {% endif %}
    {% set events = retraining.get('events') %}
    {% if events == [] %}
        {% do model_monitor._problem(
            problems, path ~ ' › retraining › events', 'it is empty',
            'kinds of policy: changes, such as [product_launch, regulation]'
        ) %}
    {% endif %}
    {% set seen = [] %}
    {% for event in events or [] if event is not none %}
        {% if event in seen %}
            {% do model_monitor._problem(
                problems, path ~ ' › retraining › events', 'listed twice', none,
                model_monitor._shown(event)
            ) %}
        {% endif %}
        {% do seen.append(event) %}
    {% endfor %}
    {% set gates = monitor.get('gates') or {} %}
    {% for gate in gates if gate != 'max_age' %}
        {% set at = path ~ ' › gates › ' ~ gate %}
        {% set needed = model_monitor._gate_kinds(gate) %}
        {% if not kinds %}
            {% do model_monitor._problem(
                problems, at, 'there is no score with an outcome',
                'such as scores: {p_fraud: {kind: binary, outcome: fraud}}'
            ) %}
        {% elif gate == 'min_ndcg' and not model_monitor._is_ranked(monitor) %}
            {% do model_monitor._problem(
                problems, at, 'the monitor ranks nothing', 'ranking: {order_by: …}'
            ) %}
        {% elif kinds[0] is not none and kinds[0] not in needed %}
            {% do model_monitor._problem(
                problems, at, 'the first score with an outcome has no such measure',
                'a gate of a ' ~ kinds[0] ~ ' score: '
                ~ model_monitor._gates_of_kind(kinds[0]) | join(', ')
            ) %}
        {% endif %}
    {% endfor %}
{% endmacro %}

{#- The kinds of the scores that have an outcome, in order. -#}
{% macro _kinds_with_outcome(monitor) %}
    {% set found = [] %}
    {% for score in (monitor.get('scores') or {}).values() if 'outcome' in (score or {}) %}
        {% do found.append(model_monitor._score_kind(monitor.get('problem'), score)) %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}

{% macro _is_ranked(monitor) %}
    {{ return(
        monitor.get('ranking') is not none
        or (monitor.get('problem') == 'ranking' and model_monitor._is_given(monitor, 'request'))
    ) }}
{% endmacro %}

{#- The kinds of scores that a gate applies to. -#}
{% macro _gate_kinds(gate) %}
    {% if gate in ['min_r2', 'max_mae', 'max_rmse', 'max_mape'] %}
        {{ return(['regression']) }}
    {% elif gate in ['max_ece'] %}
        {{ return(['binary']) }}
    {% elif gate in ['min_labelled', 'min_ndcg'] %}
        {{ return(['binary', 'multiclass', 'regression']) }}
    {% endif %}
    {{ return(['binary', 'multiclass']) }}
{% endmacro %}

{% macro _gates_of_kind(kind) %}
    {% set found = [] %}
    {% for gate in model_monitor._config_shapes()['gates']['keys']
        if gate not in ['max_age', 'min_ndcg'] and kind in model_monitor._gate_kinds(gate) %}
        {% do found.append(gate) %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}
