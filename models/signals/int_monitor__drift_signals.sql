{#- Signals from comparisons: how far a distribution, its tail, or a log as a whole moved, also by
    statistics of the user's own. -#}
{{ model_monitor.view_model() }}
{%- set key = [
    'monitor', 'log', 'role', 'model_version', 'window_name', 'window_end', 'slice_name',
    'slice_value', 'subject', 'baseline',
] %}

with windows as (

    select * from {{ ref('model_monitor', 'int_monitor__evaluated_windows') }}

),

scoped as (

    select * from {{ ref('model_monitor', 'int_monitor__scoped_signals') }}

),

drift as (

    select drift.*
    from {{ ref('model_monitor', 'monitor_drift') }} as drift
    inner join windows
        on drift.monitor = windows.monitor
        and drift.log = windows.log
        and drift.window_name = windows.window_name
        and drift.window_end = windows.window_end
    where drift.role = 'live'
        and drift.status in ('ok', 'drifted')

),

-- A quantile lies anywhere in its bin: 0.29 of the bound is one standard deviation. Whether two
-- distributions differ at all is known for a plugin too; how usual its value is, from its history.
distances as (

    select
        drift.monitor,
        drift.log,
        drift.role,
        drift.model_version,
        scoped.family,
        drift.subject,
        scoped.metric,
        drift.baseline,
        drift.window_name,
        drift.window_start,
        drift.window_end,
        drift.slice_name,
        drift.slice_value,
        scoped.layer,
        scoped.subject_kind,
        scoped.min_effect,
        {{ model_monitor.signal_columns({
            'value': "case scoped.family when 'plugin' then plugins.value
        when 'drift' then drift.psi_valid else drift.p95_shift end",
            'sample_size': 'drift.row_count',
            'baseline_sample_size': 'drift.baseline_row_count',
            'noise_floor': "case scoped.family when 'plugin' then 0 when 'drift' then drift.psi_noise_limit
        else 0.29 * coalesce(drift.p95_shift_error_bound, 0) end",
            'p_value': "case scoped.family when 'tail' then drift.tail_p_value
        else drift.chi2_p_value end",
            'q_value': "case when scoped.family <> 'tail' then drift.q_value end",
            'z': "case scoped.family when 'drift' then drift.psi_z end",
            'history_windows': "case when scoped.family = 'drift' and drift.is_learning
            then least(drift.history_windows, " ~ model_monitor.learning_windows() ~ " - 1)
        when scoped.family = 'drift' then drift.history_windows end",
            'dispersion': 'drift.dispersion',
            'ruler_version': 'drift.ruler_version',
        }) }}
    from drift
    inner join scoped
        on drift.monitor = scoped.monitor
        and drift.log = scoped.log
        and drift.subject = scoped.subject
        and drift.baseline = scoped.baseline
        and drift.window_name = scoped.window_name
        and scoped.family in ('drift', 'tail', 'plugin')
    left join {{ ref('model_monitor', 'monitor_plugins') }} as plugins
        on scoped.family = 'plugin'
        and scoped.metric = plugins.plugin
        and {{ model_monitor.joined_on('drift', 'plugins', key) }}
    -- Shown, but not evaluated: a day against a reference without weekdays, and a subject that does
    -- not match its reference.
    where (scoped.family = 'tail' or not drift.is_unmatched_weekday)
        and not coalesce(drift.is_reference_mismatch, false)

),

datasets as (

    select
        dataset.monitor,
        dataset.log,
        dataset.role,
        dataset.model_version,
        scoped.family,
        scoped.subject,
        scoped.metric,
        dataset.baseline,
        dataset.window_name,
        dataset.window_start,
        dataset.window_end,
        dataset.slice_name,
        dataset.slice_value,
        scoped.layer,
        scoped.subject_kind,
        scoped.min_effect,
        {{ model_monitor.signal_columns({
            'value': "case scoped.metric when 'reference_mismatch_count' then dataset.reference_mismatch_count
        else dataset.drifted_share end",
            'sample_size': 'dataset.subject_count',
            'noise_floor': '0',
            'history_windows': 'dataset.history_windows',
        }) }}
    from {{ ref('model_monitor', 'monitor_dataset') }} as dataset
    inner join windows
        on dataset.monitor = windows.monitor
        and dataset.log = windows.log
        and dataset.window_name = windows.window_name
        and dataset.window_end = windows.window_end
    inner join scoped
        on dataset.monitor = scoped.monitor
        and dataset.log = scoped.log
        and dataset.baseline = scoped.baseline
        and dataset.window_name = scoped.window_name
        and scoped.family = 'dataset'
    where dataset.role = 'live'

),

final as (

    select * from distances
    union all
    select * from datasets

)

select * from final
where value is not null
