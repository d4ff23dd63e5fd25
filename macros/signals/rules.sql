{# The columns of a rule in their order: all text, so that a mistake in one row stops no other. #}
{% macro alert_rule_columns() %}
    {{ return([
        'rule_id', 'enabled', 'monitor', 'log', 'family', 'subject', 'subject_kind', 'importance',
        'metric', 'baseline', 'window_name', 'model_version', 'slice_name', 'slice_value', 'kind',
        'direction', 'warn', 'critical', 'for_windows', 'clear_windows', 'min_rows',
        'clear_below', 'false_alarms_per_monitor_28d', 'owner', 'runbook', 'dashboard', 'is_safety', 'valid_from',
        'rule_version', 'description',
    ] + model_monitor.budget_columns()) }}
{% endmacro %}

{# Columns that no default rule has: this package knows nobody's error budget. #}
{% macro budget_columns() %}
    {{ return(['error_budget', 'short_window']) }}
{% endmacro %}

{#
    The rows of policy: alert_rules, every column as text; none if none are configured. A backtest
    can replace them.
#}
{% macro own_alert_rule_rows() %}
    {% set columns = [] %}
    {% for name in model_monitor.alert_rule_columns() %}
        {% do columns.append([name, model_monitor.type_text()]) %}
    {% endfor %}
    {% set asked = (model_monitor.backtest() or {}).get('rules') %}
    {% if asked is none %}
        {{- model_monitor.policy_rows('alert_rules', columns) -}}
    {% else %}
        {{- model_monitor.backtest_rule_rows(asked, columns) -}}
    {% endif %}
{% endmacro %}

{#
    The default rules: those of the package, and those that the configuration implies
    (implied_rules).
#}
{% macro default_alert_rule_rows() %}
    {%- set columns = model_monitor.alert_rule_columns()
        | reject('in', model_monitor.budget_columns()) | list -%}
select {{ columns | join(', ') }} from {{ ref('model_monitor', 'monitor_alert_rules') }}
    {%- for rule in model_monitor.implied_rules() %}
union all
select
        {%- for column in columns %}
    cast({{ model_monitor.text_literal(rule.get(column)) }} as {{ model_monitor.type_text() }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    {%- endfor %}
{% endmacro %}

{#
    The rules that a configuration implies. `<monitor>.plugin.<plugin>`: the plugin reaches its
    threshold. `<monitor>.<metric>`: a ratio is worse than normal (`better`);
    `<monitor>.<metric>.target`: it is worse than its target. For a metric of another log than the
    predictions, the name of the log precedes that of the metric. No seed has a dot in its ids.
#}
{% macro implied_rules() %}
    {%- set rules = [] -%}
    {%- for monitor in model_monitor.monitors() -%}
        {%- set all_rows = {
            'enabled': 'true', 'monitor': monitor.name, 'slice_name': '(all)', 'is_safety': 'false',
        } -%}
        {%- for name, plugin in monitor.plugins.items() -%}
            {%- do rules.append(dict(all_rows, **{
                'rule_id': monitor.name ~ '.plugin.' ~ name, 'family': 'plugin', 'metric': name,
                'kind': 'drift', 'direction': 'both', 'warn': plugin.threshold | string,
                'description': 'The plugin ' ~ name ~ ' is at or above its threshold.',
            })) -%}
        {%- endfor -%}
        {%- for log in monitor.logs -%}
            {%- for metric in log.metrics
                if metric.better is not none and model_monitor.metric_is_ratio(metric) -%}
                {%- set place = monitor.name ~ '.'
                    ~ (log.name ~ '.' if log.name != 'predictions' else '') ~ metric.name -%}
                {%- set of_metric = dict(all_rows, **{
                    'log': log.name, 'family': 'metrics', 'metric': 'value',
                    'subject': model_monitor.name_pattern(metric.name),
                    'direction': 'below' if metric.better == 'higher' else 'above',
                }) -%}
                {%- do rules.append(dict(of_metric, **{
                    'rule_id': place, 'baseline': 'history', 'model_version': '(all)',
                    'kind': 'relative', 'warn': '0.1', 'critical': '0.25',
                    'description': metric.name ~ ' is 10 or 25% '
                        ~ ('lower' if metric.better == 'higher' else 'higher')
                        ~ ' than normal, beyond noise, and unusual.',
                })) -%}
                {%- if metric.target is not none and metric.target >= 0 -%}
                    {%- do rules.append(dict(of_metric, **{
                        'rule_id': place ~ '.target', 'baseline': 'history', 'kind': 'static',
                        'model_version': '(all)',
                        'warn': metric.target | string if metric.target else '0.000001',
                        'description': metric.name ~ ' is '
                            ~ ('below' if metric.better == 'higher' else 'above')
                            ~ ' its target, beyond noise.',
                    })) -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(rules) }}
{% endmacro %}

{# A pattern for one name: a comma and an exclamation mark, which patterns use, become *. #}
{% macro name_pattern(name) %}
    {{ return(name | replace(',', '*') | replace('!', '*')) }}
{% endmacro %}

{# Whether a rule names a metric of the family; for an SLA, whether its pattern matches a figure. #}
{% macro names_metric(family, metrics) -%}
    {%- if family == 'sla' -%}
        ({% for figure in metrics -%}
            {{ ' or ' if not loop.first }}{{ model_monitor.fits_pattern("'" ~ figure ~ "'", 'metric') }}
        {%- endfor %})
    {%- else -%}
        coalesce(metric in ({{ model_monitor.word_literals(metrics) }}), false)
    {%- endif -%}
{%- endmacro %}

{# Measures of ranked lists: without a depth, and at each depth that some monitor configures. #}
{% macro ranking_words() %}
    {% set measures = model_monitor.metrics_by_family()['ranking'] %}
    {% set words = measures | list %}
    {% set ks = [] %}
    {% for monitor in model_monitor.monitors() if monitor.ranking %}
        {% do ks.extend(monitor.ranking.ks) %}
    {% endfor %}
    {% for k in ks | unique | sort %}
        {% for measure in measures %}
            {% do words.append(measure ~ '@' ~ k) %}
        {% endfor %}
    {% endfor %}
    {{ return(words) }}
{% endmacro %}

{# Families in which a subject has several measures, so a rule must name one. #}
{% macro measured_families() %}
    {{ return(model_monitor.outcome_families() + ['fairness', 'concentration']) }}
{% endmacro %}

{% macro rule_kinds() %}
    {{ return([
        'static', 'delta', 'relative', 'drift', 'tail', 'volume', 'control_chart', 'seasonal',
        'burn_rate',
    ]) }}
{% endmacro %}

{# Kinds of rules that only some families support, with these families. #}
{% macro families_of_kinds() %}
    {{ return({
        'control_chart': ['quality', 'metrics', 'volume', 'concentration']
            + model_monitor.outcome_families(),
        'seasonal': model_monitor.seasonal_families() + ['volume'],
        'burn_rate': model_monitor.seasonal_families(),
    }) }}
{% endmacro %}

{# Numeric columns of a rule besides its thresholds. #}
{% macro counted_in_rules() %}
    {{ return([
        'for_windows', 'clear_windows', 'min_rows', 'false_alarms_per_monitor_28d', 'error_budget',
    ]) }}
{% endmacro %}

{# The windows that a rule may name: lengths, the run itself, and the resolution of each series. #}
{% macro rule_windows() %}
    {{ return(['resolution', 'longer', 'hour', 'day', '7d', '30d', 'run']) }}
{% endmacro %}

{# Whether a list of windows has another word; a pattern with * or ! may match any window. #}
{% macro has_unknown_window(named) -%}
    {%- set rest = ["',' || replace(replace(" ~ named ~ ", ' ', ''), ',', ',,') || ','"] -%}
    {%- for window in model_monitor.rule_windows() -%}
        {%- do rest.append('replace(' ~ rest[-1] ~ ", '," ~ window ~ ",', '')") -%}
    {%- endfor -%}
    coalesce(position('*' in {{ named }}) = 0 and position('!' in {{ named }}) = 0
        and {{ rest[-1] }} <> '', false)
{%- endmacro %}

{% macro words_for_yes() %}
    {{ return(['true', 't', '1', 'yes', 'y', 'on']) }}
{% endmacro %}

{% macro words_for_no() %}
    {{ return(['false', 'f', '0', 'no', 'n', 'off', '']) }}
{% endmacro %}

{# Whether a text in a rule means yes. #}
{% macro is_said(word, unsaid) -%}
lower(trim(coalesce({{ word }}, '{{ unsaid }}'))) in ({{ model_monitor.word_literals(model_monitor.words_for_yes()) }})
{%- endmacro %}

{# All mistakes in a rule as text, with the valid values; null if there are none. #}
{% macro rule_problem() %}
{%- set families = dict(
    model_monitor.metrics_by_family(), ranking=model_monitor.ranking_words(),
    plugin=model_monitor.plugins() | map(attribute='name') | unique | list or ['statistic']
) -%}
{%- set known = model_monitor.monitors() | map(attribute='name') | list -%}
nullif(concat_ws(
    ' ',
    case
    when family is null and not is_default
        then 'rule_id: no default rule has this id, and a rule of your own needs a family. Valid: '
            || '{{ families.keys() | join(", ") }}. Got: ' || rule_id || '.'
    {%- for family, metrics in families.items() %}
    when family = '{{ family }}' and not {{ model_monitor.names_metric(family, metrics) }}
        then 'metric: not one of {{ family }}. Valid: {{ metrics | join(", ") }}. Got: '
            || coalesce(metric, 'nothing') || '.'
    {%- endfor %}
    when not coalesce(family in ({{ model_monitor.word_literals(families.keys()) }}), false)
        then 'family: unknown. Valid: {{ families.keys() | join(", ") }}. Got: '
            || coalesce(family, 'nothing') || '.'
    end,
    case
    when kind not in ({{ model_monitor.word_literals(model_monitor.rule_kinds()) }})
        then 'kind: unknown. Valid: {{ model_monitor.rule_kinds() | join(", ") }}. Got: '
            || kind || '.'
    {%- for kind, fitting in model_monitor.families_of_kinds().items() %}
    when kind = '{{ kind }}' and family not in ({{ model_monitor.word_literals(fitting) }})
        then 'kind: {{ kind }} is for {{ fitting | join(", ") }}. Got: ' || family || '.'
    {%- endfor %}
    end,
    case
    when kind = 'burn_rate' and direction <> 'above'
        then 'direction: kind burn_rate needs above. Valid: above. Got: ' || direction || '.'
    when direction not in ('above', 'below', 'both')
        then 'direction: unknown. Valid: above, below, both. Got: ' || direction || '.'
    end,
    case
    when kind = 'burn_rate' and (
        coalesce(window_name, '') not in ('day', '7d', '30d')
        or not coalesce(short_window in (
            'hour',
            case when window_name <> 'day' then 'day' end,
            case when window_name = '30d' then '7d' end
        ), false)
    )
        then 'window_name, short_window: a window (day, 7d, 30d) and a shorter one (hour, day, 7d). Got: '
            || coalesce(window_name, 'nothing') || ', ' || coalesce(short_window, 'nothing') || '.'
    end,
    case
    when {{ model_monitor.has_unknown_window('window_name') }}
        then 'window_name: unknown. Valid: {{ model_monitor.rule_windows() | join(", ") }}. Got: '
            || window_name || '.'
    end,
    case
    when kind = 'burn_rate' and not coalesce(error_budget > 0 and error_budget < 1, false)
        then 'error_budget: the share of rows that may be bad, above 0 and below 1. Got: '
            || coalesce(error_budget_said, 'nothing') || '.'
    when kind <> 'burn_rate' and coalesce(error_budget_said, short_window) is not null
        then 'error_budget, short_window: only for kind burn_rate. Got: ' || kind || '.'
    end,
    case
    when (warn is null and coalesce(trim(warn_said), '') <> '')
        or (critical is null and coalesce(trim(critical_said), '') <> '')
        then 'warn, critical: numbers are expected. Got: ' || coalesce(warn_said, 'nothing')
            || ', ' || coalesce(critical_said, 'nothing') || '.'
    when warn is null and critical is null
        then 'warn, critical: one of them is needed. Got: neither.'
    -- for a floor 0 is a valid value; for any other kind an unchanged value would reach it
    when warn < 0 or critical < 0
        or ((warn = 0 or critical = 0) and not ({{ model_monitor.is_floor() }}))
        then 'warn, critical: the distance from normal, so above 0 (for a floor: 0 or more). Got: '
            || coalesce(warn_said, 'nothing') || ', ' || coalesce(critical_said, 'nothing')
            || '.'
    when case when {{ model_monitor.is_floor() }} then warn < critical else warn > critical end
        then 'warn lies beyond critical: every breach would be critical. Got: '
            || warn_said || ' and ' || critical_said || '.'
    end,
    {#- an error budget has its own line above #}
    {%- for name in model_monitor.counted_in_rules() | reject('equalto', 'error_budget') %}
    case
    when coalesce(trim({{ name }}_said), '') <> ''
        and {{ model_monitor.try_double(name ~ '_said') }} is null
        then '{{ name }}: a number is expected. Got: ' || {{ name }}_said || '.'
    end,
    {%- endfor %}
    {%- for name in ['enabled', 'is_safety'] %}
    case
    when lower(trim({{ name }}_said)) not in ({{ model_monitor.word_literals(
        model_monitor.words_for_yes() + model_monitor.words_for_no()
    ) }})
        then '{{ name }}: true or false. Got: ' || {{ name }}_said || '.'
    end,
    {%- endfor %}
    case
    when for_windows < 1 or clear_windows < 1
        then 'for_windows, clear_windows: at least 1.'
    end,
    case
    when clear_below is null or clear_below <= 0 or clear_below > 1
        then 'clear_below: a share of the threshold, above 0 and at most 1. Got: '
            || clear_below_said || '.'
    end,
    case
    when is_misdated
        then 'valid_from: not a date or time. Got: ' || valid_from_said || '.'
    end
    {%- if known %},
    case
    when not (
        {%- for name in known %}
        {{ 'or ' if not loop.first }}{{ model_monitor.fits_pattern("'" ~ name ~ "'", 'monitor') }}
        {%- endfor %}
    )
        then 'monitor: unknown. Valid: {{ known | join(", ") }}. Got: '
            || monitor || '.'
    end
    {%- endif %}
), '')
{% endmacro %}

{# The version of a rule that names none: a hash of the columns that affect its evaluation. #}
{% macro rule_hash() -%}
    {%- set parts = [] -%}
    {%- for name in model_monitor.alert_rule_columns()
        if name not in ('rule_id', 'valid_from', 'rule_version', 'description', 'owner', 'runbook',
            'dashboard', 'false_alarms_per_monitor_28d')
        and name not in model_monitor.budget_columns() -%}
        {%- do parts.append('coalesce(' ~ name ~ ", '')") -%}
    {%- endfor -%}
    {#- a rule without budget columns keeps the hash it had before these columns existed -#}
    {%- set budgets = [] -%}
    {%- for name in model_monitor.budget_columns() -%}
        {%- do budgets.append(" || coalesce('|' || " ~ name ~ ", '')") -%}
    {%- endfor -%}
    substr({{ dbt.hash(parts | join(" || '|' || ") ~ budgets | join) }}, 1, 8)
{%- endmacro %}

{#
    Whether this run evaluates every window. It does if nothing has been evaluated here, as after an
    upgrade or after the stored judgements were dropped, and in a backtest.
#}
{% macro judges_everything() %}
    {{ return(execute and (
        model_monitor.built_relation('monitor_signals') is none
        or model_monitor.built_relation('monitor_judgements') is none
        or model_monitor.backtest() is not none
    )) }}
{% endmacro %}

{# A list of words as comma-separated SQL literals. #}
{% macro word_literals(words) -%}
    {%- for word in words %}{{ model_monitor.text_literal(word) }}{{ ', ' if not loop.last }}{% endfor %}
{%- endmacro %}
