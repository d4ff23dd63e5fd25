{{ model_monitor.table_model() }}
{#- The query that reproduces an alert's number from the raw log. It fills in the
    templates of macros/alerts/reproduce.sql. -#}
{%- set bounds = {
    'categories': 'categories_sql',
    'min': model_monitor.as_text('min_allowed'),
    'max': model_monitor.as_text('max_allowed'),
    'least': model_monitor.as_text('least'),
    'most': model_monitor.as_text('most'),
    'stale': model_monitor.as_text('stale_above'),
    'unsure': model_monitor.as_text('low_confidence'),
} %}
{%- set places = {
    'formula': "coalesce(formula_sql, '')",
    'bins': 'bins_sql',
    'in_bin': 'in_bin_sql',
    'compared': 'keys_sql || baseline_sql',
    'keys': 'keys_sql',
    'subject': model_monitor.quoted('subject'),
    'metric': model_monitor.quoted('metric'),
    'rows': "coalesce(rows_sql, '')",
    'before': "coalesce(before_sql, '')",
    'before_cell': "coalesce(before_cell_sql, '')",
    'value': "coalesce(value_sql, 'null')",
    'on_slice': "'(1 = 1' || coalesce(cell_sql, '') || ')'",
    'cell': "coalesce(cell_sql, '')",
    'start': model_monitor.as_text('shown_window_start'),
    'end': model_monitor.as_text('shown_window_end'),
} %}
{%- set raw_formulas = dict(
    dict(model_monitor.raw_rates(), **model_monitor.raw_outcome_measures()),
    **dict(model_monitor.raw_concentrations(), **model_monitor.raw_worth_measures())
) %}

with worded as (

    select * from {{ ref('model_monitor', 'int_monitor__repro_query_parts') }}

),

measured as (

    select
        *,
        coalesce({{ model_monitor.plugin_formula() }}, metric_sql, {{
            model_monitor.told_formulas()
        }}, case when is_of_classes
            then case metric
                {%- for metric, sql in model_monitor.raw_guess_measures().items() %}
                when '{{ metric }}' then {{ model_monitor.text_literal(sql) }}
                {%- endfor %}
            end
        end, case metric
            {%- for metric, sql in raw_formulas.items() %}
            when '{{ metric }}' then {{ model_monitor.filled(sql, bounds) }}
            {%- endfor %}
        end) as formula_sql
    from worded

),

final as (

    select
        alert_id,
        case
            when family = 'drift'
                then {{ model_monitor.filled(model_monitor.template_drift(), places) }}
            when family = 'plugin'
                then {{ model_monitor.filled(model_monitor.template_drift('{formula}'), places) }}
            when family = 'tail'
                then {{ model_monitor.filled(model_monitor.template_tail(), places) }}
            when family in ('quality', 'metrics', 'volume', 'sla')
                then {{ model_monitor.filled(model_monitor.template_rate(), places) }}
            when {{ model_monitor.is_told() }} then {{ model_monitor.told_queries(places) }}
            when metric = 'ece_debiased' and is_of_classes
                then {{ model_monitor.filled(
                    model_monitor.template_calibration_error(of_classes=true), places
                ) }}
            when metric = 'ece_debiased'
                then {{ model_monitor.filled(
                    model_monitor.template_calibration_error(), places
                ) }}
            when is_of_classes and metric in (
                {{ model_monitor.word_literals(model_monitor.raw_guess_measures().keys()) }}
            ) then {{ model_monitor.filled(model_monitor.template_guesses(), places) }}
            when is_of_classes
                then {{ model_monitor.filled(model_monitor.template_classes(), places) }}
            when family in ('performance', 'calibration', 'labels')
                and metric in (
                    {{ model_monitor.word_literals(model_monitor.raw_outcome_measures().keys()) }}
                )
                then {{ model_monitor.filled(model_monitor.template_outcome(), places) }}
            when family = 'worth'
                then {{ model_monitor.filled(model_monitor.template_worth(), places) }}
            when metric = 'not_evaluated'
                then {{ model_monitor.text_literal('select evaluation, problems from '
                    ~ ref('model_monitor', 'int_monitor__evaluations')) }}
                    || ' where monitor = ' || {{ model_monitor.quoted('monitor') }}
                    || ' and log = ' || {{ model_monitor.quoted('log') }}
            when family = 'concentration'
                then {{ model_monitor.filled(model_monitor.template_concentration(), places) }}
            when family = 'freshness'
                then {{ model_monitor.filled(model_monitor.template_freshness(), places) }}
            when metric = 'reference_mismatch_count'
                then {{ model_monitor.filled(model_monitor.template_reference_mismatch(), places) }}
            when family = 'dataset'
                then {{ model_monitor.filled(model_monitor.template_dataset(), places) }}
        end as reproduce_sql
    from measured

)

select * from final
