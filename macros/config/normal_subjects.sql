{#-
    Subjects from [name, kind, settings, {probability, primary, thresholds, aggregate}]. `aggregate`
    is SQL that we generate over the column, for a derived log: such a subject has both `sql` and
    `column`. Engines write this SQL differently, so `means` describes it independently of the
    engine.
-#}
{% macro _normal_subjects(entries, limits) %}
    {% set total = entries | map(attribute=2) | selectattr('importance', 'defined')
        | map(attribute='importance') | sum %}
    {% set ranks = [] %}
    {% for name, kind, spec, extra in entries if kind == 'feature' %}
        {% set importance = spec['importance'] if 'importance' in spec else 0 %}
        {% do ranks.append([-importance, name if total else loop.index0, name]) %}
    {% endfor %}
    {% set top = (ranks | sort)[:20] | map(attribute=2) | list %}
    {% set subjects = [] %}
    {% set unsaid = {
        'type': 'numeric', 'importance': none, 'min': none, 'max': none, 'values': none,
        'stale_above': none, 'low_confidence': none, 'sla': none, 'critical': none, 'probability': false, 'primary': false,
        'thresholds': [], 'aggregate': none, 'means': none,
    } %}
    {% for name, kind, spec, extra in entries %}
        {% set said = dict(unsaid, **spec) %}
        {% set said = dict(said, **extra) if extra else said %}
        {% set column = none if 'sql' in spec else said['column'] if 'column' in spec else name %}
        {% set sql = said['aggregate'] if said['aggregate'] is not none
            else adapter.quote(column) if column is not none
            else '(' ~ spec['sql'] ~ ('\n' if '--' in spec['sql'] else '') ~ ')' %}
        {% do subjects.append({
            'name': name,
            'kind': kind,
            'type': said['type'],
            'sql': sql,
            'column': column,
            'probability': said['probability'],
            'importance': said['importance'],
            'critical': said['critical'] if said['critical'] is not none
                else said['primary']
                or (said['importance'] and said['importance'] >= 0.1 * total) or false,
            'min': said['min'],
            'max': said['max'],
            'values': said['values'],
            'stale_above': said['stale_above'],
            'low_confidence': said['low_confidence'],
            'thresholds': said['thresholds'],
            'sla': said['sla'],
            'watch': kind in ('score', 'operation') or name in top,
            'primary': said['primary'],
            'definition': local_md5(
                (said['means'] or sql) | replace(adapter.quote('')[0], '"') ~ '|' ~ said['type'] ~ '|' ~ said['min'] ~ '|' ~ said['max'] ~ '|'
                ~ said['values'] ~ '|' ~ said['stale_above'] ~ '|' ~ said['low_confidence'] ~ '|'
                ~ said['thresholds'] ~ '|'
                ~ said['probability'] ~ '|' ~ limits['categories']
            )[:12],
        }) %}
    {% endfor %}
    {{ return(subjects) }}
{% endmacro %}

{#-
    The subjects that describe a ranked list, in a log with one row per request: its length, the
    entropy of its scores, and the distance of its best score from the average.

    Entropy uses the positive scores s as shares of their sum S, in nats: with p = s / S, −Σ p ln p
    = ln S − (Σ s ln s) / S, so that one aggregate suffices. A gap to the k-th score would need a
    window; the gap to the mean does not.
-#}
{% macro _add_list_subjects(logs, ranking, limits) %}
    {% set predictions = logs[0] %}
    {% set request = predictions['columns']['request'] %}
    {% set subject = predictions['subjects'] | selectattr('name', 'equalto', ranking['order_by'])
        | first %}
    {% set score = model_monitor.try_double(subject['sql']) | trim %}
    {% set reads = {} if subject['column'] is none else {'column': subject['column']} %}
    {#-
        a sum of doubles depends on the order of the rows. A sum of probabilities need not: they are
        summed as whole numbers of 1e-15, which leaves room for scores up to a thousand that are not
        probabilities
    -#}
    {% set is_share = subject['probability'] %}
    {% set limit = '1e3' if is_share else model_monitor.largest_number() %}
    {% set finite = 'case when ' ~ score ~ ' > -' ~ limit ~ ' and ' ~ score ~ ' < ' ~ limit
        ~ ' then ' ~ score ~ ' end' %}
    {% set positive = 'case when ' ~ score ~ ' > 0 and ' ~ score ~ ' < ' ~ limit ~ ' then ' %}
    {% set scores = positive ~ score ~ ' end' %}
    {% set logs_of = positive ~ score ~ ' * ln(' ~ score ~ ') end' %}
    {% set total = model_monitor.share_sum(scores) if is_share else 'sum(' ~ scores ~ ')' %}
    {% set total = 'nullif(' ~ total ~ ', 0)' %}
    {% set weighed = model_monitor.share_sum(logs_of) if is_share else 'sum(' ~ logs_of ~ ')' %}
    {% set mean = model_monitor.share_sum(finite) ~ ' / count(' ~ finite ~ ')' if is_share
        else 'avg(' ~ finite ~ ')' %}
    {% set entries = [
        ['list_length', 'feature', {'sql': 'count(*)'}, {}],
        [ranking['order_by'] ~ '_entropy', 'score', reads, {
            'aggregate': '(ln(' ~ total ~ ') - ' ~ weighed ~ ' / ' ~ total ~ ')',
            'means': 'entropy of ' ~ subject['sql'],
        }],
        [ranking['order_by'] ~ '_top_gap', 'score', reads, {
            'aggregate': '(max(' ~ finite ~ ') - ' ~ mean ~ ')',
            'means': 'top gap of ' ~ subject['sql'],
        }],
    ] %}
    {% set lists = logs | selectattr('from', 'equalto', 'predictions')
        | selectattr('per', 'equalto', request) | list %}
    {% if lists %}
        {% set known = lists[0]['subjects'] | map(attribute='name') | list %}
        {% set missing = entries | rejectattr(0, 'in', known) | list %}
        {% do lists[0]['subjects'].extend(model_monitor._normal_subjects(missing, limits)) %}
    {% else %}
        {% set taken = 'requests' in logs | map(attribute='name') | list %}
        {% set log = model_monitor._normal_log(
            'predictions_per_request' if taken else 'requests',
            {'from': 'predictions', 'per': 'request'}, predictions, limits
        ) %}
        {% set context = log['subjects'][:] %}
        {% do log.update({'subjects': model_monitor._normal_subjects(entries, limits) + context}) %}
        {% do logs.append(log) %}
    {% endif %}
{% endmacro %}
