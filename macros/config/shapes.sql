{#-
    The schema of a configuration, as data. One validator (_config_walk) walks it, and
    `model-monitor schema` turns it into a JSON Schema.

    A shape is a mapping: its keys with their types, which of them are required, and whether it
    names a relation (`source:` or `ref:`). A type is one of

        text name column sql label page url duration days date number amount positive share count flag pair slices
        worth (a number, or an expression over the row)
                                  a scalar (or two special lists), checked in _config_scalar
        {'a': shape}              a mapping of that shape
        {'some': type}            names, each with such a value: a mapping, or a list of names
        {'map': type}             the same with arbitrary names (classes, variants): a mapping
        {'list': type}            a list
        {'choice': [...]}         one of these words
        {'choices': [...]}        a list of these words, put into this order
-#}
{% macro _config_shapes() %}
    {% set roles = {
        'source': 'pair', 'ref': 'pair', 'where': 'sql', 'time': 'column', 'loaded_at': 'column',
        'id': 'column', 'version': 'column', 'request': 'column', 'user': 'column',
        'item': 'column', 'position': 'column', 'role': 'column',
        'experiment': {'a': 'experiment'},
    } %}
    {% set subject = {
        'type': {'choice': ['numeric', 'categorical', 'boolean']}, 'sql': 'sql', 'column': 'column',
        'min': 'number', 'max': 'number', 'values': {'list': 'label'}, 'stale_above': 'number',
        'critical': 'flag',
    } %}
    {% set relation = {'source': 'pair', 'ref': 'pair'} %}
    {{ return({
        'monitor': {'required': ['name', 'predictions'], 'keys': {
            'name': 'name',
            'problem': {'choice': ['binary', 'multiclass', 'regression', 'ranking']},
            'owner': 'text',
            'runbook': 'text',
            'dashboard': 'text',
            'predictions': {'a': 'predictions'},
            'scores': {'some': {'a': 'score'}},
            'ranking': {'a': 'ranking'},
            'outcomes': {'a': 'outcomes'},
            'features': {'some': {'a': 'feature'}},
            'operations': {'some': {'a': 'operation'}},
            'slices': 'slices',
            'protected_slices': {'some': {'a': 'protected'}},
            'exposure': {'some': 'column'},
            'metrics': {'some': {'a': 'metric'}},
            'embeddings': {'some': {'a': 'embedding'}},
            'costs': {'a': 'costs'},
            'labelling': {'a': 'labelling'},
            'examples': 'flag',
            'recomputed': {'a': 'recomputed'},
            'comparisons': {'list': {'a': 'comparison'}},
            'correlations': 'correlations',
            'plugins': {'map': {'a': 'plugin'}},
            'gates': {'a': 'gates'},
            'retraining': {'a': 'retraining'},
            'logs': {'some': {'a': 'log'}},
            'reference': {'a': 'reference'},
            'champion': 'text',
            'windows': {'choices': ['hour', 'day', '7d', '30d']},
            'baselines': {'choices': [
                'reference', 'previous', 'last_week', 'seasonal', 'champion', 'control',
            ]},
            'limits': {'a': 'limits'},
            'retention': {'a': 'retention'},
        }},
        'predictions': {'relation': 'required', 'required': ['time'], 'keys': dict(
            roles, decision='column', confidence='column', label='column',
        )},
        'log': {'relation': 'optional', 'required': [], 'keys': dict(roles, **{
            'from': 'name',
            'per': 'column',
            'slices': 'slices',
            'subjects': {'some': {'a': 'subject'}},
            'metrics': {'some': {'a': 'metric'}},
        })},
        'experiment': {'required': ['variant', 'control'], 'keys': {
            'id': 'column', 'variant': 'column', 'control': 'text', 'split': {'map': 'share'},
        }},
        'score': {'required': [], 'keys': {
            'kind': {'choice': ['binary', 'multiclass', 'regression', 'ranking', 'value']},
            'outcome': 'text',
            'threshold': 'number',
            'low_confidence': 'number',
            'predicted': 'column',
            'probabilities': {'map': 'column'},
            'sql': 'sql',
            'column': 'column',
            'min': 'number',
            'max': 'number',
            'critical': 'flag',
        }},
        'ranking': {'required': [], 'keys': {'order_by': 'text', 'ks': {'list': 'count'}}},
        'outcomes': {
            'relation': 'required',
            'required': ['prediction', 'value', 'time', 'kinds'],
            'keys': dict(relation, **{
                'prediction': 'column', 'name': 'column', 'value': 'column', 'time': 'column',
                'loaded_at': 'column', 'where': 'sql', 'kinds': {'map': {'a': 'outcome'}},
            }),
        },
        'outcome': {'required': ['matures_after'], 'keys': {
            'matures_after': 'duration',
            'otherwise': 'number',
            'horizon': {'choice': ['short_term', 'long_term']},
            'proxy': 'text',
        }},
        'feature': {'required': [], 'keys': dict(subject, importance='amount')},
        'operation': {'required': [], 'keys': dict(subject, sla={'a': 'sla'})},
        'protected': {'required': [], 'keys': {'reference': 'label'}},
        'subject': {'required': [], 'keys': dict(
            subject,
            kind={'choice': ['feature', 'context', 'operation', 'score']},
            importance='amount',
            sla={'a': 'sla'},
        )},
        'sla': {'required': [], 'keys': {
            'p01': 'number', 'p05': 'number', 'p25': 'number', 'p50': 'number', 'p75': 'number',
            'p95': 'number', 'p99': 'number', 'mean': 'number', 'min': 'number', 'max': 'number',
            'rate': 'share',
        }},
        'metric': {'required': ['numerator'], 'keys': {
            'numerator': 'sql',
            'denominator': 'sql',
            'per': 'column',
            'where': 'sql',
            'layer': {'choice': ['operations', 'data', 'behaviour', 'performance', 'business']},
            'better': {'choice': ['higher', 'lower', 'none']},
            'expected': {'choice': ['seasonal', 'none']},
            'target': 'number',
        }},
        'embedding': {'required': ['dims'], 'keys': {'dims': 'count', 'column': 'column'}},
        'costs': {'required': [], 'keys': {
            'true_positive': 'worth', 'false_positive': 'worth',
            'false_negative': 'worth', 'true_negative': 'worth',
        }},
        'labelling': {'required': ['budget'], 'keys': {
            'budget': 'count', 'score': 'text', 'within': 'days',
        }},
        'recomputed': {
            'relation': 'required',
            'required': ['prediction'],
            'keys': dict(relation, prediction='column', where='sql'),
        },
        'comparison': {'required': ['name', 'champion', 'challenger', 'on'], 'keys': {
            'name': 'name', 'champion': 'text', 'challenger': 'text', 'on': 'column',
        }},
        'plugin': {'required': ['macro', 'threshold'], 'keys': {
            'macro': 'text', 'threshold': 'positive',
        }},
        'gates': {'required': [], 'keys': {
            'min_auc': 'share', 'min_pr_auc': 'share', 'min_accuracy': 'share',
            'min_precision': 'share', 'min_recall': 'share', 'min_f1': 'share', 'min_r2': 'number',
            'min_ndcg': 'share', 'max_log_loss': 'amount', 'max_brier': 'share', 'max_ece': 'share',
            'max_mae': 'amount', 'max_rmse': 'amount', 'max_mape': 'amount',
            'min_labelled': 'count', 'max_age': 'duration',
        }},
        'retraining': {'required': [], 'keys': {
            'drift': 'flag', 'performance': 'flag', 'every': 'duration', 'labels': 'count',
            'events': {'list': 'text'},
        }},
        'reference': {'relation': 'optional', 'required': [], 'keys': dict(relation, **{
            'from': 'date', 'to': 'date', 'where': 'sql', 'time': 'column',
            'outcomes': {'map': 'column'},
        })},
        'limits': {'required': [], 'keys': {
            'min_rows': 'count', 'min_cell': 'count', 'lateness': 'duration',
            'slice_values': 'count', 'combination_values': 'count', 'categories': 'count',
        }},
        'retention': {'required': [], 'keys': {
            'hour': 'days', 'day': 'days', 'day_sliced': 'days',
        }},
        'policy': {'required': [], 'keys': {
            'alert_rules': {'a': 'relation'}, 'changes': {'a': 'relation'},
            'silences': {'a': 'relation'}, 'contacts': {'a': 'relation'},
            'versions': {'a': 'relation'}, 'version_metrics': {'a': 'relation'},
            'approvals': {'a': 'relation'}, 'priorities': {'a': 'relation'},
            'address_prefixes': {'list': 'prefix'},
            'playbook_url': 'page',
            'report_url': 'url',
        }},
        'relation': {'relation': 'required', 'required': [], 'keys': relation},
    }) }}
{% endmacro %}

{#-
    The keys directly under `vars: model_monitor:`, and those of `rebuild`, as shapes. Neither is
    walked: their own macros check them (_check_scope, _check_rebuild). Two more types:

        instant                   a date or a time in UTC
        names                     a name, or a list of names
-#}
{% macro _config_vars() %}
    {{ return({
        'vars': {'required': [], 'keys': {
            'monitors': {'list': {'a': 'monitor'}},
            'policy': {'a': 'policy'},
            'as_of': 'instant',
            'rebuild': {'a': 'rebuild'},
        }},
        'rebuild': {'required': ['from'], 'keys': {
            'from': 'instant', 'monitor': 'text', 'subject': 'names', 'slice': 'names',
        }},
    }) }}
{% endmacro %}
