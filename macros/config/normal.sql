{#- One monitor in full: every key is present, with none where nothing is set. -#}
{% macro _normal_monitor(monitor) %}
    {% set predictions = monitor['predictions'] %}
    {% set limits = dict(
        {
            'min_rows': 500, 'min_cell': 20, 'lateness': 7200, 'slice_values': 20,
            'combination_values': 100, 'categories': 30,
        },
        **(monitor.get('limits') or {})
    ) %}
    {#- what a window needs: distributions min_rows, rates a tenth of it, performance both answers -#}
    {% set tenth = ((limits.min_rows + 9) / 10) | int %}
    {% do limits.update({
        'rate_rows': [limits.min_rows, [30, tenth] | max] | min,
        'label_rows': [limits.min_rows, 60] | min,
    }) %}
    {% set scores = {} %}
    {% for name, score in (monitor.get('scores') or {}).items() %}
        {% do scores.update({name: {
            'kind': model_monitor._score_kind(monitor.get('problem'), score),
            'outcome': score.get('outcome'),
            'threshold': score.get('threshold'),
            'predicted': score.get('predicted'),
            'probabilities': score.get('probabilities'),
            'primary': loop.first,
        }}) %}
    {% endfor %}
    {% set ranking = none %}
    {% set orders = scores | reject('in', model_monitor._multiclass(scores)) | list %}
    {% if 'ranking' in monitor
        or (monitor.get('problem') == 'ranking' and 'request' in predictions and orders) %}
        {% set given = monitor.get('ranking') or {} %}
        {% set ranking = {
            'order_by': given.get('order_by') or orders[0],
            'ks': (given.get('ks') or [5, 10]) | sort,
        } %}
    {% endif %}
    {% set outcomes = none %}
    {% if 'outcomes' in monitor %}
        {% set given = monitor['outcomes'] %}
        {% set kinds = {} %}
        {% for name, kind in given['kinds'].items() %}
            {% do kinds.update({name: {
                'matures_after': kind['matures_after'],
                'otherwise': kind.get('otherwise'),
                'horizon': kind.get('horizon'),
                'proxy': kind.get('proxy'),
            }}) %}
        {% endfor %}
        {% set outcomes = {
            'relation': model_monitor._relation_spec(given),
            'prediction': given['prediction'],
            'name': given.get('name'),
            'value': given['value'],
            'time': given['time'],
            'loaded_at': given.get('loaded_at'),
            'where': model_monitor._sql(given.get('where')),
            'kinds': kinds,
        } %}
    {% endif %}
    {% set reference = none %}
    {% if 'reference' in monitor %}
        {% set given = monitor['reference'] %}
        {% set reference = {
            'relation': model_monitor._relation_spec(given),
            'from': given.get('from'),
            'to': given.get('to'),
            'where': model_monitor._sql(given.get('where')),
            'time': given.get('time'),
            'outcomes': given.get('outcomes') or {},
        } %}
    {% endif %}
    {% set recomputed = none %}
    {% if 'recomputed' in monitor %}
        {% set recomputed = {
            'relation': model_monitor._relation_spec(monitor['recomputed']),
            'prediction': monitor['recomputed']['prediction'],
            'where': model_monitor._sql(monitor['recomputed'].get('where')),
        } %}
    {% endif %}
    {% set comparisons = [] %}
    {% for comparison in monitor.get('comparisons') or [] %}
        {% do comparisons.append(comparison) %}
    {% endfor %}
    {% set experiment = none %}
    {% if 'experiment' in predictions %}
        {% set given = predictions['experiment'] %}
        {% set experiment = {
            'id': given.get('id'), 'variant': given['variant'], 'control': given['control'],
            'split': given.get('split'),
        } %}
    {% endif %}
    {% set optional = {} %}
    {% set labelling = none %}
    {% if 'labelling' in monitor %}
        {% set asked = monitor['labelling'] %}
        {% set labelling = {
            'budget': asked['budget'],
            'score': asked.get('score') or (model_monitor._labelled_scores(monitor) | first),
            'within': asked.get('within') or 7,
        } %}
    {% endif %}
    {% do optional.update({
        'gates': monitor['gates'] if 'gates' in monitor else none,
        'costs': model_monitor._normal_costs(monitor['costs']) if 'costs' in monitor else none,
    }) %}
    {#-
        an incident can always trigger retraining; dates, labels and events only where they are
        configured
    -#}
    {% set retraining = dict(
        {'drift': true, 'performance': true, 'every': none, 'labels': none, 'events': []},
        **(monitor.get('retraining') or {})
    ) %}
    {{ return({
        'name': monitor['name'],
        'problem': monitor.get('problem'),
        'owner': monitor.get('owner'),
        'runbook': monitor.get('runbook'),
        'dashboard': monitor.get('dashboard'),
        'windows': monitor.get('windows') or ['day', '7d', '30d'],
        'baselines': monitor.get('baselines')
            or ['reference', 'previous', 'last_week', 'seasonal', 'champion', 'control'],
        'limits': limits,
        'retention': dict(
            {'hour': 70, 'day': 400, 'day_sliced': 100},
            **(monitor.get('retention') or {})
        ),
        'champion': monitor.get('champion') or 'registry',
        'reference': reference,
        'outcomes': outcomes,
        'ranking': ranking,
        'experiment': experiment,
        'exposure': monitor.get('exposure') or {},
        'protected_slices': monitor.get('protected_slices') or {},
        'costs': optional['costs'],
        'labelling': labelling,
        'examples': monitor.get('examples') or false,
        'recomputed': recomputed,
        'comparisons': comparisons,
        'correlations': monitor.get('correlations'),
        'plugins': monitor.get('plugins') or {},
        'gates': optional['gates'],
        'retraining': retraining,
        'embeddings': model_monitor._normal_embeddings(monitor.get('embeddings')),
        'scores': scores,
        'logs': model_monitor._normal_logs(monitor, scores, ranking, limits),
    }) }}
{% endmacro %}

{#- Costs: numbers, and SQL that can be part of a larger expression. -#}
{% macro _normal_costs(costs) %}
    {% set normal = {} %}
    {% for kind, worth in costs.items() %}
        {% do normal.update({kind: model_monitor._sql(worth) if worth is string else worth}) %}
    {% endfor %}
    {{ return(normal) }}
{% endmacro %}

{#- Embeddings: {name: {dims, column}}. -#}
{% macro _normal_embeddings(embeddings) %}
    {% set normal = {} %}
    {% for name, spec in (embeddings or {}).items() %}
        {% do normal.update({name: {'dims': spec['dims'], 'column': spec.get('column') or name}}) %}
    {% endfor %}
    {{ return(normal) }}
{% endmacro %}

{#- The names of the multiclass scores. -#}
{% macro _multiclass(scores) %}
    {% set names = [] %}
    {% for name, score in scores.items() if score['kind'] == 'multiclass' %}
        {% do names.append(name) %}
    {% endfor %}
    {{ return(names) }}
{% endmacro %}

{#- {'source': [a, b]} or {'ref': [a, b]}, whichever is given; none if neither is. -#}
{% macro _relation_spec(given) %}
    {% for key in ['source', 'ref'] if key in (given or {}) %}
        {{ return({key: given[key]}) }}
    {% endfor %}
    {{ return(none) }}
{% endmacro %}

{#- An expression that can be part of a larger one; a plain column or number stays as it is. -#}
{% macro _sql(text) %}
    {% if text is none or modules.re.fullmatch('[A-Za-z0-9_.]+', text) %}
        {{ return(text) }}
    {% endif %}
    {{ return('(' ~ text ~ ('\n' if '--' in text else '') ~ ')') }}
{% endmacro %}
