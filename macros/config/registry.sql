{#
    The metric registry: data that say which metrics exist, which subjects have them, and on which
    windows and against which baselines a rule may evaluate them. A new metric is a row of
    metric_registry() and its formula. int_monitor__evaluable_metrics joins these rows to the
    subjects of a configuration.
#}

{#
    The families of metrics. By family:
    population: the subjects that have its metrics (int_monitor__evaluable_metrics names them)
    schedule: its windows and baselines (metric_schedules)
    layer: of its metrics; none: that of the subject
    evidence: what a window needs: none, labels, rate (a tenth of the rows) or distribution
    stage: its place on the way from log to outcome (causal_stages); none: that of the subject
    history: seasonal: a rule may split the history by weekday and hour; labelled: the values need
    labels
#}
{% macro metric_families() %}
    {%- set columns = ['population', 'schedule', 'layer', 'evidence', 'stage', 'history'] -%}
    {%- set rows = {
        'quality': ['subject', 'seasonal', none, 'rate', none, 'seasonal'],
        'drift': ['subject', 'published', none, 'distribution', none, none],
        'tail': ['subject', 'published', none, 'distribution', none, none],
        'plugin': ['plugin', 'published', none, 'distribution', none, none],
        'metrics': ['rate', 'seasonal', none, 'rate', none, 'seasonal'],
        'volume': ['amount', 'periods', none, 'none', 'volume', none],
        'dataset': ['dataset', 'published', 'data', 'distribution', 'business', none],
        'freshness': ['arriving_log', 'cadence', 'operations', 'none', 'freshness', none],
        'sla': ['limited', 'limits', 'operations', 'distribution', none, none],
        'performance': ['score', 'performance', 'performance', 'labels', 'performance', 'labelled'],
        'calibration': ['score', 'matured', 'performance', 'labels', 'calibration', 'labelled'],
        'labels': ['label', 'matured', 'performance', 'rate', 'labels', 'labelled'],
        'estimates': ['outcome_score', 'matured', 'performance', 'distribution', 'performance', 'labelled'],
        'fairness': ['protected_score', 'matured', 'performance', 'distribution', 'exposure', none],
        'concept': ['predictor', 'before', 'performance', 'distribution', 'labels', none],
        'worth': ['costed_score', 'matured', 'business', 'distribution', 'business', 'labelled'],
        'proxies': ['proxied_label', 'matured', 'performance', 'distribution', 'labels', 'labelled'],
        'ranking': ['ranked_score', 'matured', 'performance', 'rate', 'performance', 'labelled'],
        'concentration': ['entity', 'matured', 'behaviour', 'distribution', 'exposure', none],
    } -%}
    {%- set families = {} -%}
    {%- for family, values in rows.items() -%}
        {%- set row = {} -%}
        {%- for column in columns -%}
            {%- do row.update({column: values[loop.index0]}) -%}
        {%- endfor -%}
        {%- do families.update({family: row}) -%}
    {%- endfor -%}
    {{ return(families) }}
{% endmacro %}

{#
    The way from log to outcome, on which causes come before their consequences: the order of alerts
    within an incident, and what to do about it.
#}
{% macro causal_stages() %}
    {{ return([
        'freshness', 'volume', 'operations', 'context', 'upstream', 'feature', 'score', 'derived',
        'labels', 'calibration', 'performance', 'business', 'exposure',
    ]) }}
{% endmacro %}

{# The position of each stage, by name. #}
{% macro stage_numbers() %}
    {%- set numbers = {} -%}
    {%- for stage in model_monitor.causal_stages() -%}
        {%- do numbers.update({stage: loop.index0}) -%}
    {%- endfor -%}
    {{ return(numbers) }}
{% endmacro %}

{#
    The windows of a schedule with the baselines of each. A monitor publishes the comparisons of
    `published` with the baselines that its configuration names.
#}
{% macro metric_schedules() %}
    {{ return({
        'published': {
            'hour': ['seasonal'], 'day': ['reference', 'last_week', 'champion', 'control'],
            '7d': ['reference', 'previous'], '30d': ['reference'],
        },
        'seasonal': {
            'hour': ['history', 'seasonal'], 'day': ['history', 'seasonal'],
            '7d': ['history'], '30d': ['history'],
        },
        'periods': {'hour': ['history'], 'day': ['history']},
        'limits': {'hour': ['limit'], 'day': ['limit'], '7d': ['limit'], '30d': ['limit']},
        'matured': {'day': ['history'], '7d': ['history'], '30d': ['history']},
        'weeks': {'7d': ['history'], '30d': ['history']},
        'performance': {
            'day': ['history', 'training', 'champion', 'control', 'last_week'],
            '7d': ['history', 'training', 'champion', 'control', 'previous', 'first_weeks'],
            '30d': ['history', 'training', 'champion', 'control'],
        },
        'before': {'day': ['last_week'], '7d': ['previous']},
        'run': {'run': ['none']},
        'cadence': {'run': ['none', 'cadence']},
    }) }}
{% endmacro %}

{# The trait that a subject needs for a baseline of performance. #}
{% macro baseline_needs() %}
    {{ return({'control': 'control', 'first_weeks': 'all_classes'}) }}
{% endmacro %}

{#
    The metrics. By row:
    needs: a trait of the subject, without which it has no such metric
    population, schedule: where they differ from those of the family
    baseline: the only one, of those of the schedule
    column: of monitor_profiles, if it is not called like the metric; of metrics of single values
    phrase: the state of the values whose share of the rows the metric is, in a message
    noise: what its noise depends on, if it depends on its value: a share, the area under a ROC
    curve, a ratio to its baseline, or an amount
#}
{% macro metric_registry() %}
    {%- set rows = [
        {'family': 'quality', 'metric': 'missing_rate', 'phrase': 'missing in'},
        {'family': 'quality', 'metric': 'unseen_share', 'needs': 'categorical', 'column': 'unseen_rate', 'phrase': 'unseen categories in'},
        {'family': 'quality', 'metric': 'invalid_rate', 'needs': 'numeric', 'phrase': 'invalid in'},
        {'family': 'quality', 'metric': 'out_of_range_rate', 'needs': 'range', 'phrase': 'out of range in'},
        {'family': 'quality', 'metric': 'stale_rate', 'needs': 'stale_limit', 'phrase': 'stale in'},
        {'family': 'quality', 'metric': 'zero_rate', 'needs': 'numeric', 'phrase': 'zero in'},
        {'family': 'quality', 'metric': 'top_share', 'phrase': 'one value in'},
        {'family': 'quality', 'metric': 'at_min_share', 'needs': 'numeric', 'phrase': 'piled up at its minimum in'},
        {'family': 'quality', 'metric': 'at_max_share', 'needs': 'numeric', 'phrase': 'piled up at its maximum in'},
        {'family': 'quality', 'metric': 'extreme_share', 'needs': 'probability', 'phrase': 'nearly 0 or nearly 1 in'},
        {'family': 'quality', 'metric': 'low_confidence_share', 'needs': 'confidence_limit', 'phrase': 'unsure in'},
        {'family': 'drift', 'metric': 'psi'},
        {'family': 'tail', 'metric': 'p95_shift', 'needs': 'numeric', 'noise': 'ratio'},
        {'family': 'plugin', 'metric': 'statistic'},
        {'family': 'metrics', 'metric': 'value', 'column': 'mean', 'noise': 'share'},
        {'family': 'volume', 'metric': 'row_count', 'population': 'row_count'},
        {'family': 'volume', 'metric': 'value'},
        {'family': 'dataset', 'metric': 'drifted_share'},
        {'family': 'dataset', 'metric': 'reference_mismatch_count', 'population': 'reference', 'baseline': 'reference'},
        {'family': 'freshness', 'metric': 'hours_behind'},
        {'family': 'freshness', 'metric': 'not_evaluated', 'population': 'read_log', 'schedule': 'run'},
        {'family': 'calibration', 'metric': 'calibration_ratio', 'needs': 'one_class'},
        {'family': 'calibration', 'metric': 'ece_debiased', 'needs': 'classes'},
        {'family': 'labels', 'metric': 'unlabelled_share', 'needs': 'not_implied', 'noise': 'share'},
        {'family': 'labels', 'metric': 'mean_outcome', 'needs': 'binary', 'noise': 'share'},
        {'family': 'labels', 'metric': 'mean_value', 'needs': 'number'},
        {'family': 'fairness', 'metric': 'selection_disadvantage'},
        {'family': 'fairness', 'metric': 'opportunity_gap'},
        {'family': 'fairness', 'metric': 'false_positive_gap'},
        {'family': 'fairness', 'metric': 'predictive_gap'},
        {'family': 'concept', 'metric': 'rate_change'},
        {'family': 'worth', 'metric': 'value_per_decision'},
        {'family': 'worth', 'metric': 'roi'},
        {'family': 'worth', 'metric': 'gain_share'},
        {'family': 'proxies', 'metric': 'outcome_given_proxy'},
        {'family': 'proxies', 'metric': 'correlation'},
        {'family': 'concentration', 'metric': 'gini'},
        {'family': 'concentration', 'metric': 'hhi'},
        {'family': 'concentration', 'metric': 'top_1pct_share'},
        {'family': 'concentration', 'metric': 'top_10pct_share'},
        {'family': 'concentration', 'metric': 'uncovered_share'},
        {'family': 'concentration', 'metric': 'feedback_loop_index', 'schedule': 'weeks'},
    ] -%}
    {%- for figure in ['p01', 'p05', 'p25', 'p50', 'p75', 'p95', 'p99', 'mean', 'min', 'max', 'rate'] -%}
        {%- do rows.append({
            'family': 'sla', 'metric': figure, 'needs': figure,
            'column': 'mean' if figure == 'rate' else figure,
        }) -%}
    {%- endfor -%}
    {%- for metric, noise in {
        'roc_auc': 'area', 'pr_auc': none, 'accuracy': 'share', 'precision': 'share',
        'recall': 'share', 'f1': 'share', 'specificity': 'share', 'balanced_accuracy': 'share',
        'log_loss': 'amount', 'brier': 'amount',
    }.items() -%}
        {%- do rows.append({
            'family': 'performance', 'metric': metric, 'needs': 'classes', 'noise': noise,
        }) -%}
    {%- endfor -%}
    {%- for metric, noise in {
        'mae': 'amount', 'rmse': 'amount', 'mape': 'amount', 'r2': none, 'bias': none,
    }.items() -%}
        {%- do rows.append({
            'family': 'performance', 'metric': metric, 'needs': 'regression', 'noise': noise,
        }) -%}
    {%- endfor -%}
    {%- for metric in model_monitor.estimated_measures() + ['roc_auc_error'] -%}
        {%- do rows.append({'family': 'estimates', 'metric': metric}) -%}
    {%- endfor -%}
    {%- for metric in ['ndcg', 'map', 'mrr', 'hit_rate', 'precision', 'recall'] -%}
        {%- do rows.append({'family': 'ranking', 'metric': metric, 'needs': metric}) -%}
    {%- endfor -%}
    {%- set families = model_monitor.metric_families() -%}
    {%- set complete = [] -%}
    {%- for row in rows -%}
        {%- do complete.append(dict({
            'needs': none,
            'population': families[row.family].population,
            'schedule': families[row.family].schedule,
            'layer': families[row.family].layer,
            'baseline': none,
            'column': row.metric,
            'phrase': none,
            'noise': 'share' if row.phrase is defined else none,
        }, **row)) -%}
    {%- endfor -%}
    {{ return(complete) }}
{% endmacro %}

{# The metrics that a rule may name, by family. #}
{% macro metrics_by_family() %}
    {%- set found = {} -%}
    {%- for family in model_monitor.metric_families() -%}
        {%- do found.update({family: []}) -%}
    {%- endfor -%}
    {%- for row in model_monitor.metric_registry() -%}
        {%- do found[row.family].append(row.metric) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}

{# The metrics with a value in a column of metric_registry, each once. #}
{% macro metrics_with(column, value) %}
    {%- set found = [] -%}
    {%- for row in model_monitor.metric_registry() if row[column] == value and row.metric not in found -%}
        {%- do found.append(row.metric) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}

{# The families with a value in a column of metric_families. #}
{% macro families_with(column, value) %}
    {%- set found = [] -%}
    {%- for family, row in model_monitor.metric_families().items() if row[column] == value -%}
        {%- do found.append(family) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}

{# Families whose values need labels, and are compared with their own history. #}
{% macro outcome_families() %}
    {{ return(model_monitor.families_with('history', 'labelled')) }}
{% endmacro %}

{# Families whose history a rule can split by weekday and hour; that of volumes always is. #}
{% macro seasonal_families() %}
    {{ return(model_monitor.families_with('history', 'seasonal')) }}
{% endmacro %}

{# The metrics of monitor_performance that a rule can evaluate. #}
{% macro performance_metrics() %}
    {{ return(model_monitor.metrics_by_family()['performance']) }}
{% endmacro %}

{# The figures that an SLA may limit. #}
{% macro sla_figures() %}
    {{ return(model_monitor.metrics_by_family()['sla']) }}
{% endmacro %}

{# The rows of the registry as a relation. #}
{% macro registry_rows() %}
    {%- set text = model_monitor.type_text() -%}
    {%- set columns = ['family', 'metric', 'population', 'needs', 'schedule', 'baseline', 'layer'] -%}
    {%- set typed = [] -%}
    {%- for column in columns -%}
        {%- do typed.append([column, text]) -%}
    {%- endfor -%}
    {%- set rows = [] -%}
    {%- for metric in model_monitor.metric_registry() -%}
        {%- set row = [] -%}
        {%- for column in columns -%}
            {%- do row.append(model_monitor.text_literal(metric[column])) -%}
        {%- endfor -%}
        {%- do rows.append(row) -%}
    {%- endfor -%}
    {{ return(model_monitor.literal_rows(typed, rows)) }}
{% endmacro %}

{# One row per schedule, window and baseline, with the trait that the baseline needs. #}
{% macro schedule_rows() %}
    {%- set text = model_monitor.type_text() -%}
    {%- set needs = model_monitor.baseline_needs() -%}
    {%- set rows = [] -%}
    {%- for schedule, windows in model_monitor.metric_schedules().items()
        if schedule != 'published' -%}
        {%- for window, baselines in windows.items() -%}
            {%- for baseline in baselines -%}
                {%- do rows.append([
                    model_monitor.text_literal(schedule), model_monitor.text_literal(window),
                    model_monitor.text_literal(baseline),
                    model_monitor.text_literal(needs.get(baseline)),
                ]) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(model_monitor.literal_rows(
        [['schedule', text], ['window_name', text], ['baseline', text], ['needs', text]], rows
    )) }}
{% endmacro %}

{# Whether traits, between commas, have one; always if none is needed. #}
{% macro has_trait(traits, needed) -%}
    ({{ needed }} is null or position(',' || {{ needed }} || ',' in {{ traits }}) > 0)
{%- endmacro %}

{#
    The columns of a population, with the SQL of those that differ from the columns of a score. The
    layer serves families that have none.
#}
{% macro population_columns(name, given) -%}
    {%- set columns = {
        'population': model_monitor.text_literal(name), 'monitor': 'monitor', 'log': 'log',
        'subject': 'subject', 'subject_kind': "'score'", 'is_critical': 'false',
        'layer': "'performance'", 'traits': "''",
        'metric_name': 'cast(null as ' ~ model_monitor.type_text() ~ ')',
    } -%}
    {%- for column, default in columns.items() %}
        {{ given.get(column, default) }} as {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
