{# The columns of a signal before its history is known; each is null unless given. #}
{% macro signal_columns(given) %}
    {%- set double = model_monitor.type_double() -%}
    {%- set unsaid = {
        'value': double, 'baseline_value': double, 'sample_size': 'bigint',
        'baseline_sample_size': 'bigint', 'noise_floor': double, 'p_value': double,
        'q_value': double, 'z': double, 'history_mean': double, 'history_scale': double,
        'history_windows': 'integer', 'dispersion': double, 'ruler_version': 'integer',
        'untreated_value': double,
    } -%}
    {%- for name, data_type in unsaid.items() %}
    cast({{ given.get(name, 'null') }} as {{ data_type }}) as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
{% endmacro %}

{#
    The position of a row of `measured` and the columns that `scoped` adds: a signal without its
    numbers.
#}
{% macro asked_columns() -%}
    {{ model_monitor.listed_columns('measured', ['monitor', 'log', 'role', 'model_version']) }},
        {{ model_monitor.listed_columns('scoped', ['family', 'subject', 'metric', 'baseline']) }},
        {{ model_monitor.listed_columns('measured', [
            'window_name', 'window_start', 'window_end', 'slice_name', 'slice_value'
        ]) }},
        {{ model_monitor.listed_columns('scoped', ['layer', 'subject_kind', 'min_effect']) }}
{%- endmacro %}

{#
    The signals of measures of a live window that are compared with their own history: rows of
    `measured` (one metric with its value and standard_error each) that `scoped` selects, with the
    untreated value. A measure without a history that shows how much its rows depend on each other
    uses the dispersion of the log.
#}
{% macro signal_rows(subject, sample_size, times_dispersion=false) -%}
{%- set cell = ['window_name', 'window_end', 'slice_name', 'slice_value'] -%}
{%- set same = ['monitor', 'log', 'model_version', 'window_name', 'window_end', 'slice_name',
    'slice_value', 'metric', subject] -%}
select
        {{ model_monitor.asked_columns() }},
        {{ model_monitor.signal_columns({
            'value': 'measured.value',
            'sample_size': 'measured.' ~ sample_size,
            'noise_floor': model_monitor.deviations_of_chance('measured') | trim
                ~ ' * measured.standard_error'
                ~ (' * sqrt(coalesce(dispersions.dispersion, 1.0))' if times_dispersion else ''),
            'dispersion': 'dispersions.dispersion',
            'untreated_value': 'untreated.value',
        }) }}
    from measured
    inner join scoped
        on {{ model_monitor.joined_on(
            'measured', 'scoped', ['monitor', 'log', 'metric', 'window_name']
        ) }}
        and measured.{{ subject }} = scoped.subject
    left join {{ ref('model_monitor', 'int_monitor__row_dispersions') }} as dispersions
        on measured.monitor = dispersions.monitor
        and dispersions.log = 'predictions'
        and {{ model_monitor.joined_on('measured', 'dispersions', cell) }}
    left join measured as untreated
        on {{ model_monitor.joined_on('measured', 'untreated', same) }}
        and untreated.role = 'untreated'
    where measured.role = 'live'
        and measured.value is not null
        and measured.standard_error is not null
{%- endmacro %}

{# The key columns of a signal. #}
{% macro signal_keys() %}
    {{ return([
        'monitor', 'log', 'role', 'model_version', 'family', 'subject', 'metric', 'baseline',
        'window_name', 'slice_name', 'slice_value',
    ]) }}
{% endmacro %}

{# The column of a profile that holds a metric of single values. #}
{% macro profile_measure(metric) -%}
    case {{ metric }}
        {%- for row in model_monitor.metric_registry()
            if row.family in ('quality', 'metrics', 'sla') and row.metric != 'top_share' %}
        when '{{ row.metric }}' then profiles.{{ row.column }}
        {%- endfor %}
        -- a profile of a number has no most frequent value, unless all values are equal
        when 'top_share' then coalesce(
            profiles.top_share,
            case
                when profiles.stddev = 0 then 1.0 - profiles.missing_rate
                when profiles.stddev > 0 then 0.0
            end
        )
    end
{%- endmacro %}

{# An equality condition on the shared columns of two relations, for a join. #}
{% macro joined_on(left, right, columns) -%}
    {%- for column in columns -%}
        {{ '\n        and ' if not loop.first }}{{ left }}.{{ column }} = {{ right }}.{{ column }}
    {%- endfor -%}
{%- endmacro %}

{# The columns of a relation, one per line, for a select. #}
{% macro listed_columns(relation, columns) -%}
    {%- for column in columns -%}
        {{ ',\n        ' if not loop.first }}{{ relation ~ '.' if relation }}{{ column }}
    {%- endfor -%}
{%- endmacro %}

{#
    How much the rows of a subject depend on each other, from its comparisons in `windows`.
    Restricted to the subjects in one relation, if it is named.
#}
{% macro dispersion_rows(cell, further='', subjects=none) -%}
select
        {{ model_monitor.listed_columns('drift', cell) }},
        max(drift.dispersion) as dispersion{{ further }}
    from {{ ref('model_monitor', 'monitor_drift') }} as drift
    inner join windows
        on drift.monitor = windows.monitor
        and drift.log = windows.log
        and drift.window_name = windows.window_name
        and drift.window_end = windows.window_end
    {%- if subjects %}
    inner join (select distinct monitor, log, subject from {{ subjects }}) as chosen
        on {{ model_monitor.joined_on('drift', 'chosen', ['monitor', 'log', 'subject']) }}
    {%- endif %}
    where drift.role = 'live'
        and drift.model_version = '(all)'
    group by {{ model_monitor.listed_columns('drift', cell) }}
{%- endmacro %}

{# The distance from a difference to the end of its interval on the side of zero. #}
{% macro towards_zero(difference) -%}
case when {{ difference }} > 0
            then {{ difference }} - {{ difference }}_lower
            else {{ difference }}_upper - {{ difference }}
        end
{%- endmacro %}

{#
    Whether a value may be part of a later baseline. It may not if an arm was treated and too few
    untreated rows were left for a number. Families without an untreated value always may. Needs
    treated_windows beside the rows.
#}
{% macro has_a_past(signals) -%}
(treated_windows.monitor is null
        or {{ signals }}.untreated_value is not null
        or {{ signals }}.family not in (
            'metrics', {{ model_monitor.word_literals(model_monitor.outcome_families()) }}
        ))
{%- endmacro %}

{# Whether a metric of family `labels` applies to an outcome of this kind. #}
{% macro is_label_metric(metric, value_kind) -%}
case {{ metric }}
            when 'mean_outcome' then {{ value_kind }} = 'binary'
            when 'mean_value' then {{ value_kind }} = 'number'
            else true
        end
{%- endmacro %}
