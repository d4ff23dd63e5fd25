{#
    The playbook page of each kind of alert, in docs/use/playbooks: the first row that fits. A row
    without `metrics`, `kinds`, `layers` or `subjects` fits all of them. Every family that a rule
    may have is here (metrics_by_family).
#}
{% macro playbooks() %}
    {{ return([
        {'page': 'broken-monitor', 'family': 'freshness', 'metrics': ['not_evaluated']},
        {'page': 'freshness', 'family': 'freshness'},
        {'page': 'volume', 'family': 'volume'},
        {'page': 'reference-mismatch', 'family': 'dataset', 'metrics': ['reference_mismatch_count']},
        {'page': 'population-shift', 'family': 'dataset'},
        {'page': 'score-shift', 'family': 'quality', 'kinds': ['score']},
        {
            'page': 'missing-feature',
            'family': 'quality',
            'metrics': ['missing_rate', 'invalid_rate', 'stale_rate'],
        },
        {'page': 'changed-unit', 'family': 'quality'},
        {'page': 'score-shift', 'family': 'drift', 'kinds': ['score']},
        {'page': 'errors-and-latency', 'family': 'drift', 'kinds': ['operation']},
        {'page': 'feature-drift', 'family': 'drift'},
        {'page': 'score-shift', 'family': 'plugin', 'kinds': ['score']},
        {'page': 'errors-and-latency', 'family': 'plugin', 'kinds': ['operation']},
        {'page': 'feature-drift', 'family': 'plugin'},
        {'page': 'score-shift', 'family': 'tail', 'kinds': ['score']},
        {'page': 'errors-and-latency', 'family': 'tail', 'kinds': ['operation']},
        {'page': 'feature-drift', 'family': 'tail'},
        {'page': 'errors-and-latency', 'family': 'sla'},
        {'page': 'volume', 'family': 'metrics', 'subjects': ['duplicate']},
        {'page': 'errors-and-latency', 'family': 'metrics', 'layers': ['operations']},
        {
            'page': 'errors-and-latency',
            'family': 'metrics',
            'subjects': ['error', 'timeout', 'fallback', 'empty'],
        },
        {'page': 'business-metric', 'family': 'metrics'},
        {'page': 'concept-drift', 'family': 'estimates', 'metrics': ['roc_auc_error']},
        {'page': 'performance', 'family': 'estimates'},
        {'page': 'performance', 'family': 'performance'},
        {'page': 'calibration', 'family': 'calibration'},
        {'page': 'late-labels', 'family': 'labels', 'metrics': ['unlabelled_share']},
        {'page': 'changed-labels', 'family': 'labels'},
        {'page': 'fairness', 'family': 'fairness'},
        {'page': 'concept-drift', 'family': 'concept'},
        {'page': 'ranking', 'family': 'ranking'},
        {'page': 'proxy-decay', 'family': 'proxies'},
        {'page': 'value', 'family': 'worth'},
        {'page': 'concentration', 'family': 'concentration'},
    ]) }}
{% endmacro %}

{# Where the playbook of an alert is, as SQL text. Many inputs that move together are one kind. #}
{% macro playbook(alert, is_population_shift) -%}
case
    when {{ is_population_shift }}
        then {{ model_monitor.text_literal(model_monitor.playbook_place('population-shift')) }}
    {%- for row in model_monitor.playbooks() %}
    when {{ alert }}.family = '{{ row.family }}'
        {%- if row.get('metrics') %}
        and {{ alert }}.metric in ({{ model_monitor.word_literals(row.metrics) }})
        {%- endif %}
        {%- if row.get('kinds') %}
        and {{ alert }}.subject_kind in ({{ model_monitor.word_literals(row.kinds) }})
        {%- endif %}
        {%- if row.get('layers') %}
        and {{ alert }}.layer in ({{ model_monitor.word_literals(row.layers) }})
        {%- endif %}
        {%- if row.get('subjects') %}
        and (
            {%- for word in row.subjects %}
            {{ 'or ' if not loop.first }}position('{{ word }}' in {{ alert }}.subject) > 0
            {%- endfor %}
        )
        {%- endif %}
        then {{ model_monitor.text_literal(model_monitor.playbook_place(row.page)) }}
    {%- endfor %}
end
{%- endmacro %}

{#
    The address of a page: `policy: playbook_url`, or the file in the package, which can be opened
    from the project's folder.
#}
{% macro playbook_place(page) %}
    {% set url = model_monitor.configuration()['playbook_url'] %}
    {% set file = model_monitor._package_folder() ~ 'docs/use/playbooks/{page}.md' %}
    {{ return((url or file).replace('{page}', page)) }}
{% endmacro %}

{#
    The folder of the package, from the folder of the project. dbt has no documented name for
    `packages-install-path`: its `ref` knows it. Without that, it is dbt's default.
#}
{% macro _package_folder() %}
    {% if project_name == 'model_monitor' %}
        {{ return('') }}
    {% endif %}
    {% set settings = builtins.ref.config | default({}, true) %}
    {% set folder = settings.packages_install_path | default('dbt_packages', true) %}
    {{ return(folder.rstrip('/') ~ '/model_monitor/') }}
{% endmacro %}
