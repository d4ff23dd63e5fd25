{#- Signals about single values: the share of missing, unseen, invalid, stale or equal ones.
    monitor_signals adds the baseline, their own history. -#}
{{ model_monitor.view_model() }}
{%- set cell = [
    'monitor', 'log', 'subject', 'window_name', 'window_end', 'slice_name', 'slice_value'
] %}
{%- set seasonal_families = model_monitor.word_literals(model_monitor.seasonal_families()) %}

with windows as (

    select * from {{ ref('model_monitor', 'int_monitor__evaluated_windows') }}

),

scoped as (

    select * from {{ ref('model_monitor', 'int_monitor__scoped_signals') }}

),

-- The dependence between rows of a subject, from its comparisons. Also its missing rate in the
-- reference, which serves until there is a history.
dispersions as (

    {{ model_monitor.dispersion_rows(cell, ",
        max(case when drift.baseline = 'reference' then drift.missing_rate_delta end)
            as missing_rate_delta") }}

),

profiles as (

    select
        profiles.*,
        dispersions.dispersion,
        case when profiles.model_version = '(all)'
            then profiles.missing_rate - dispersions.missing_rate_delta
        end as reference_missing_rate
    from {{ ref('model_monitor', 'monitor_profiles') }} as profiles
    inner join windows
        on profiles.monitor = windows.monitor
        and profiles.log = windows.log
        and profiles.window_name = windows.window_name
        and profiles.window_end = windows.window_end
    left join dispersions
        on {{ model_monitor.joined_on('profiles', 'dispersions', cell) }}
    where profiles.role = 'live'

),

measured as (

    select
        profiles.monitor,
        profiles.log,
        profiles.role,
        profiles.model_version,
        scoped.family,
        profiles.subject,
        scoped.metric,
        scoped.baseline,
        profiles.window_name,
        profiles.window_start,
        profiles.window_end,
        profiles.slice_name,
        profiles.slice_value,
        scoped.layer,
        scoped.subject_kind,
        scoped.min_effect,
        profiles.row_count,
        -- values may depend on whose row it is, and so may missing values
        greatest(profiles.dispersion, shares.dispersion) as dispersion,
        case scoped.metric
            when 'missing_rate' then profiles.reference_missing_rate
            -- the reference has no unseen values by definition
            when 'unseen_share' then 0.0
        end as reference_measure,
        {{ model_monitor.profile_measure('scoped.metric') }} as measure
    from profiles
    inner join scoped
        on profiles.monitor = scoped.monitor
        and profiles.log = scoped.log
        and profiles.subject = scoped.subject
        and profiles.window_name = scoped.window_name
        and scoped.family in ({{ seasonal_families }})
        and profiles.row_count >= scoped.min_sample
    left join {{ ref('model_monitor', 'int_monitor__share_dispersions') }} as shares
        on profiles.monitor = shares.monitor
        and profiles.log = shares.log
        and profiles.subject = shares.subject
        and scoped.metric = shares.metric
        and profiles.window_name = shares.window_name
        and profiles.window_end = shares.window_end
        and profiles.slice_name = shares.slice_name

),

final as (

    select
        monitor,
        log,
        role,
        model_version,
        family,
        subject,
        metric,
        baseline,
        window_name,
        window_start,
        window_end,
        slice_name,
        slice_value,
        layer,
        subject_kind,
        min_effect,
        -- a share of so many rows deviates this far by chance once in a thousand cases
        {{ model_monitor.signal_columns({
            'value': 'measure',
            'baseline_value': 'reference_measure',
            'sample_size': 'row_count',
            'noise_floor': '3.09 * sqrt(
        coalesce(dispersion, 1.0) * greatest(measure * (1 - measure), 0.0) / row_count
    )',
            'dispersion': 'dispersion',
        }) }}
    from measured
    where measure is not null

)

select * from final
