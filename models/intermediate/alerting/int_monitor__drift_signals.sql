{#- Signals out of comparisons: how far a distribution, its tail, or the whole log has moved. -#}

with windows as (

    select * from {{ ref('model_monitor', 'int_monitor__judged_windows') }}

),

scoped as (

    select * from {{ ref('model_monitor', 'int_monitor__scoped_signals') }}

),

drift as (

    select
        drift.*,
        -- large, real and unusual, and yet not drifted: a day against a reference without weekdays
        drift.status = 'ok'
        and drift.psi_valid - drift.psi_noise_floor
            >= case when drift.slice_name = '(all)' then 0.1 else 0.2 end
        and drift.q_value <= 0.01
        and coalesce(
            drift.psi_z > case when drift.window_name in ('7d', '30d') then 5 else 3.5 end,
            drift.history_windows < 14
        ) as is_incomparable
    from {{ ref('model_monitor', 'monitor_drift') }} as drift
    inner join windows
        on drift.monitor = windows.monitor
        and drift.log = windows.log
        and drift.window_name = windows.window_name
        and drift.window_end = windows.window_end
    where drift.role = 'live'
        and drift.status in ('ok', 'drifted')

),

-- the noise of a PSI: what chance alone passes once in a thousand, as for shares; its floor is the
-- mean of it. A quantile lies anywhere in its bin: 0.29 of the bound is one standard deviation
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
        scoped.least_effect,
        {{ model_monitor.signal_columns({
            'value': "case scoped.metric when 'psi' then drift.psi_valid else drift.p95_shift end",
            'sample_size': 'drift.row_count',
            'baseline_sample_size': 'drift.baseline_row_count',
            'noise_floor': "case scoped.metric when 'psi' then drift.psi_noise_floor
        * " ~ model_monitor.chi2_rare_factor('drift.valid_bin_count - 1') ~ "
        else 0.29 * coalesce(drift.p95_shift_error_bound, 0) end",
            'p_value': "case scoped.metric when 'psi' then drift.chi2_p_value
        else drift.tail_p_value end",
            'q_value': "case scoped.metric when 'psi' then drift.q_value end",
            'z': "case scoped.metric when 'psi' then drift.psi_z end",
            'history_windows': "case scoped.metric when 'psi' then drift.history_windows end",
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
        and scoped.family in ('drift', 'tail')
    where scoped.family = 'tail'
        or not drift.is_incomparable

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
        scoped.least_effect,
        {{ model_monitor.signal_columns({
            'value': 'dataset.drifted_share',
            'sample_size': 'dataset.subject_count',
            'noise_floor': '0',
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
