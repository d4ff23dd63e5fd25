{#-
    Checks scores: their kind, their outcome, keys that only some kinds have, and the ranking by a
    score.
-#}
{% macro _check_scores(monitor, path, problems) %}
    {% set predictions = monitor.get('predictions') or {} %}
    {% set scores = monitor.get('scores') or {} %}
    {% set outcomes = model_monitor._outcome_names(monitor) %}
    {% set kinds = (monitor.get('outcomes') or {}).get('kinds') or {} %}
    {#- the type of a label depends on the kind of the scores: binary, a class or a number -#}
    {% set foretold = {} %}
    {% for name, score in scores.items() if score is not none %}
        {% set at = path ~ ' › scores › ' ~ name %}
        {% set kind = model_monitor._score_kind(monitor.get('problem'), score) %}
        {% set outcome = score.get('outcome') %}
        {% if kind is none and 'problem' not in monitor and 'kind' not in score %}
            {% do model_monitor._problem(
                problems, at, 'a score with an outcome needs a kind',
                'problem: on the monitor or kind: on the score, binary, multiclass or regression'
            ) %}
        {% endif %}
        {% if outcome is not none and outcome not in outcomes %}
            {% do model_monitor._problem_word(
                problems, at ~ ' › outcome', 'an outcome that is not declared', outcome, outcomes
            ) %}
        {% endif %}
        {% if outcome in outcomes and kind in ('binary', 'multiclass', 'regression') %}
            {% set first = foretold.setdefault(outcome, {'score': name, 'kind': kind}) %}
            {% if kind != first['kind'] %}
                {% do model_monitor._problem(
                    problems, at ~ ' › outcome',
                    'all scores of an outcome are of one kind, and ' ~ first['score'] ~ ' is ' ~ first['kind'],
                    'kind: ' ~ first['kind'] ~ ', or another outcome', 'kind ' ~ kind
                ) %}
            {% endif %}
        {% endif %}
        {% for key in ['threshold', 'low_confidence'] if score.get(key) is not none %}
            {% if kind in ('multiclass', 'regression') %}
                {% do model_monitor._problem(
                    problems, at ~ ' › ' ~ key, 'a ' ~ kind ~ ' score has no ' ~ key,
                    'leave it out', score[key]
                ) %}
            {% elif kind == 'binary' and not 0 <= score[key] <= 1 %}
                {% do model_monitor._problem(
                    problems, at ~ ' › ' ~ key, 'outside 0 to 1', 'a number from 0 to 1', score[key]
                ) %}
            {% endif %}
        {% endfor %}
        {% if kind == 'multiclass' %}
            {% if 'probabilities' not in score %}
                {% do model_monitor._problem(
                    problems, at ~ ' › probabilities', 'missing: a multiclass score needs them',
                    'a column for each class, such as {buy: p_buy, browse: p_browse}'
                ) %}
            {% elif score['probabilities'] is not none and score['probabilities'] | length < 2 %}
                {% do model_monitor._problem(
                    problems, at ~ ' › probabilities', 'fewer than two classes',
                    'a column for each class', score['probabilities'] | length
                ) %}
            {% endif %}
            {% for key in ['sql', 'column', 'min', 'max'] if key in score %}
                {% do model_monitor._problem(
                    problems, at ~ ' › ' ~ key, 'a multiclass score has no column of its own',
                    'predicted and probabilities'
                ) %}
            {% endfor %}
        {% elif kind is not none %}
            {% for key in ['min', 'max'] if key in score and kind == 'binary' %}
                {% do model_monitor._problem(
                    problems, at ~ ' › ' ~ key, 'a binary score is a probability, from 0 to 1',
                    'leave it out, or kind: value'
                ) %}
            {% endfor %}
            {% for key in ['predicted', 'probabilities'] if key in score %}
                {% do model_monitor._problem(
                    problems, at ~ ' › ' ~ key, 'only a multiclass score has this',
                    'kind: multiclass, or leave it out', 'kind ' ~ kind
                ) %}
            {% endfor %}
        {% endif %}
        {% set otherwise = (kinds.get(outcome) or {}).get('otherwise') %}
        {% if kind == 'binary' and otherwise is not none and otherwise not in (0, 1) %}
            {% do model_monitor._problem(
                problems, path ~ ' › outcomes › kinds › ' ~ outcome ~ ' › otherwise',
                'the outcome of the binary score ' ~ name ~ ' is 0 or 1', '0, 1', otherwise
            ) %}
        {% endif %}
    {% endfor %}
    {% do model_monitor._check_subjects(scores, path ~ ' › scores', problems) %}

    {% if monitor.get('ranking') is not none %}
        {% set at = path ~ ' › ranking' %}
        {% set order_by = monitor['ranking'].get('order_by') %}
        {% set ks = monitor['ranking'].get('ks') %}
        {% if not model_monitor._is_given(monitor, 'request') %}
            {% do model_monitor._problem(
                problems, at, 'a ranking needs a request column',
                'predictions › request: the column that holds the request'
            ) %}
        {% endif %}
        {% if order_by is not none and order_by not in scores %}
            {% do model_monitor._problem_word(
                problems, at ~ ' › order_by', 'not a declared score', order_by, scores | list
            ) %}
        {% elif 'scores' not in monitor %}
            {% do model_monitor._problem(problems, at, 'there is no score to rank by', 'scores') %}
        {% elif order_by is not none and model_monitor._score_kind(
            monitor.get('problem'), scores[order_by] or {}
        ) == 'multiclass' %}
            {% do model_monitor._problem(
                problems, at ~ ' › order_by', 'a multiclass score does not order',
                'a binary, regression or value score', order_by
            ) %}
        {% endif %}
        {% set right = (ks or []) | reject('none') | list %}
        {% if ks == [] or right | unique | list | length < right | length %}
            {% do model_monitor._problem(
                problems, at ~ ' › ks', 'a list of different whole numbers is expected', '[5, 10]',
                '[' ~ ks | join(', ') ~ ']'
            ) %}
        {% endif %}
    {% endif %}
{% endmacro %}

{#- Checks outcomes: the log they come from and how each kind matures. -#}
{% macro _check_outcomes(monitor, path, problems) %}
    {% set outcomes = monitor.get('outcomes') %}
    {% if outcomes is not none %}
        {% set at = path ~ ' › outcomes' %}
        {% set kinds = outcomes.get('kinds') or {} %}
        {% if not model_monitor._is_given(monitor, 'id') %}
            {% do model_monitor._problem(
                problems, at, 'outcomes are joined to predictions by their id',
                'predictions › id: the column that holds it'
            ) %}
        {% endif %}
        {% if outcomes.get('kinds') == {} %}
            {% do model_monitor._problem(
                problems, at ~ ' › kinds', 'it is empty', 'such as {click: {matures_after: 1h}}'
            ) %}
        {% endif %}
        {% if kinds | length > 1 and 'name' not in outcomes %}
            {% do model_monitor._problem(
                problems, at ~ ' › name', 'missing: there are several kinds of outcome',
                'the column with the name of the outcome'
            ) %}
        {% endif %}
        {% for name, kind in kinds.items() if kind %}
            {% set proxy = kind.get('proxy') %}
            {% set proxy_at = at ~ ' › kinds › ' ~ name ~ ' › proxy' %}
            {% if proxy is none %}
            {% elif proxy == name %}
                {% do model_monitor._problem(
                    problems, proxy_at, 'an outcome is not its own proxy',
                    kinds | reject('equalto', name) | list, model_monitor._shown(proxy)
                ) %}
            {% elif proxy not in kinds %}
                {% do model_monitor._problem_word(
                    problems, proxy_at, 'an outcome that is not declared', proxy,
                    kinds | reject('equalto', name) | list
                ) %}
            {% elif (kinds[proxy] or {}).get('matures_after') is not none
                and kind.get('matures_after') is not none
                and kinds[proxy]['matures_after'] >= kind['matures_after'] %}
                {% do model_monitor._problem(
                    problems, proxy_at,
                    'the label window of a proxy must be shorter than that of its outcome',
                    'an outcome with a shorter matures_after', model_monitor._shown(proxy)
                ) %}
            {% endif %}
        {% endfor %}
        {% if 'label' in kinds and 'label' in (monitor.get('predictions') or {}) %}
            {% do model_monitor._problem(
                problems, at ~ ' › kinds › label',
                'the label in the row (predictions › label) already is the outcome label',
                'another name'
            ) %}
        {% endif %}
    {% endif %}
{% endmacro %}

{#- The scores with an uncertainty that labels can reduce. -#}
{% macro _labelled_scores(monitor) %}
    {% set found = [] %}
    {% for name, score in (monitor.get('scores') or {}).items() if score %}
        {% if 'outcome' in score
            and model_monitor._score_kind(monitor.get('problem'), score) in ('binary', 'multiclass') %}
            {% do found.append(name) %}
        {% endif %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}

{#-
    The outcomes that a score may name: the declared kinds, and `label` where the predictions have
    one.
-#}
{% macro _outcome_names(monitor) %}
    {% set label = ['label'] if 'label' in (monitor.get('predictions') or {}) else [] %}
    {{ return(((monitor.get('outcomes') or {}).get('kinds') or {}) | list + label) }}
{% endmacro %}

{#- binary, multiclass, regression or value; none where an outcome exists but no kind is given. -#}
{% macro _score_kind(problem, score) %}
    {% set kind = score.get('kind') %}
    {% if kind is not none %}
        {{ return('value' if kind == 'ranking' else kind) }}
    {% elif problem == 'ranking' %}
        {{ return('binary' if 'outcome' in score else 'value') }}
    {% elif problem is none and 'outcome' not in score %}
        {{ return('multiclass' if 'probabilities' in score else 'value') }}
    {% endif %}
    {{ return(problem) }}
{% endmacro %}
