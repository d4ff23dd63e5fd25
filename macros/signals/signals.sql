{# The columns of a signal before its history is known, each null unless given. #}
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

{# Where a row of `measured` is, and what `scoped` asks of it: what a signal is but for its numbers. #}
{% macro asked_columns() -%}
    {{ model_monitor.listed_columns('measured', ['monitor', 'log', 'role', 'model_version']) }},
        {{ model_monitor.listed_columns('scoped', ['family', 'subject', 'metric', 'baseline']) }},
        {{ model_monitor.listed_columns('measured', [
            'window_name', 'window_start', 'window_end', 'slice_name', 'slice_value'
        ]) }},
        {{ model_monitor.listed_columns('scoped', ['layer', 'subject_kind', 'min_effect']) }}
{%- endmacro %}

{#
    The signals of what is measured of a live window and compared with its own past: rows of `measured` (a
    metric, its value and standard_error each) that `scoped` asks for, beside what is untreated. What has
    no past to show how much its rows depend on each other takes that from the log.
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
            'noise_floor': "case when measured.slice_name = '(all)' then 3.09 else 4.26 end"
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

{# The key of a signal; with a prefix for a join. #}
{% macro signal_keys() %}
    {{ return([
        'monitor', 'log', 'role', 'model_version', 'family', 'subject', 'metric', 'baseline',
        'window_name', 'slice_name', 'slice_value',
    ]) }}
{% endmacro %}

{# The number of a profile that a metric of single values is. #}
{% macro profile_measure(metric) -%}
    case {{ metric }}
        when 'missing_rate' then profiles.missing_rate
        when 'unseen_share' then profiles.unseen_rate
        when 'invalid_rate' then profiles.invalid_rate
        when 'out_of_range_rate' then profiles.out_of_range_rate
        when 'stale_rate' then profiles.stale_rate
        when 'zero_rate' then profiles.zero_rate
        -- a number has no most frequent value in its profile, unless all are the same
        when 'top_share' then coalesce(
            profiles.top_share,
            case
                when profiles.stddev = 0 then 1.0 - profiles.missing_rate
                when profiles.stddev > 0 then 0.0
            end
        )
        when 'at_min_share' then profiles.at_min_share
        when 'at_max_share' then profiles.at_max_share
        when 'extreme_share' then profiles.extreme_share
        when 'value' then profiles.mean
        {%- for figure in model_monitor.sla_figures() %}
        when '{{ figure }}' then profiles.{{ 'mean' if figure == 'rate' else figure }}
        {%- endfor %}
    end
{%- endmacro %}

{# Two relations on the columns that both have, for a join. #}
{% macro joined_on(left, right, columns) -%}
    {%- for column in columns -%}
        {{ '\n        and ' if not loop.first }}{{ left }}.{{ column }} = {{ right }}.{{ column }}
    {%- endfor -%}
{%- endmacro %}

{# Columns of a relation, one to a line, for a select. #}
{% macro listed_columns(relation, columns) -%}
    {%- for column in columns -%}
        {{ ',\n        ' if not loop.first }}{{ relation ~ '.' if relation }}{{ column }}
    {%- endfor -%}
{%- endmacro %}

{#
    How much the rows of a subject depend on each other, as its comparisons in `windows` know it. Of the
    subjects in one relation alone, if it is named.
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

{# How far the interval of a difference reaches from it to the side of zero. #}
{% macro towards_zero(difference) -%}
case when {{ difference }} > 0
            then {{ difference }} - {{ difference }}_lower
            else {{ difference }}_upper - {{ difference }}
        end
{%- endmacro %}

{#
    Whether a value may be the past of later ones: not where an arm was treated and too little was left
    without it for a number. Of families that are not measured twice nothing is asked. Beside
    treated_windows.
#}
{% macro has_a_past(signals) -%}
treated_windows.monitor is null
        or {{ signals }}.untreated_value is not null
        or {{ signals }}.family not in (
            'metrics', {{ model_monitor.word_literals(model_monitor.outcome_families()) }}
        )
{%- endmacro %}

{# Whether a metric of family `labels` is one of an outcome of this kind. #}
{% macro is_label_metric(metric, value_kind) -%}
case {{ metric }}
            when 'mean_outcome' then {{ value_kind }} = 'binary'
            when 'mean_value' then {{ value_kind }} = 'number'
            else true
        end
{%- endmacro %}
