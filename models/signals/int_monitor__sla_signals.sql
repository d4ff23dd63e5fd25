{#- The SLA limits and the measured values. The noise of a value comes from its own rows: for a
    quantile, from how steep the quantiles around it are. -#}
{{ model_monitor.view_model() }}
{%- set cell = [
    'monitor', 'log', 'subject', 'window_name', 'window_end', 'slice_name', 'slice_value'
] %}

with windows as (

    select * from {{ ref('model_monitor', 'int_monitor__evaluated_windows') }}

),

scoped as (

    select *
    from {{ ref('model_monitor', 'int_monitor__scoped_signals') }}
    where family = 'sla'

),

slas as (

    select * from {{ ref('model_monitor', 'int_monitor__slas') }}

),

-- rows of one request take the same time: the dependence between rows is the subject's own
dispersions as (

    {{ model_monitor.dispersion_rows(cell, subjects='slas') }}

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
        slas.sla_limit,
        -- a slice without a history of its own takes that of all rows
        coalesce(dispersions.dispersion, of_all_rows.dispersion) as dispersion,
        {{ model_monitor.profile_measure('scoped.metric') }} as measure,
        -- in effect the deviation of a single row, to be divided by the root of the row count
        case scoped.metric
            {%- for level in model_monitor.quantile_levels() %}
            when '{{ 'p%02d' % level }}'
                then {{ model_monitor.quantile_deviation(level, 'profiles') | indent(20) }}
            {%- endfor %}
            when 'mean' then profiles.stddev
            when 'rate' then sqrt(greatest(profiles.mean * (1 - profiles.mean), 0.0))
            else 0.0
        end as deviation
    from {{ ref('model_monitor', 'monitor_profiles') }} as profiles
    inner join windows
        on profiles.monitor = windows.monitor
        and profiles.log = windows.log
        and profiles.window_name = windows.window_name
        and profiles.window_end = windows.window_end
    inner join scoped
        on profiles.monitor = scoped.monitor
        and profiles.log = scoped.log
        and profiles.subject = scoped.subject
        and profiles.window_name = scoped.window_name
        and profiles.row_count >= scoped.min_sample
    inner join slas
        on scoped.monitor = slas.monitor
        and scoped.log = slas.log
        and scoped.subject = slas.subject
        and scoped.metric = slas.figure
    left join dispersions
        on {{ model_monitor.joined_on('profiles', 'dispersions', cell) }}
    left join dispersions as of_all_rows
        on {{ model_monitor.joined_on('profiles', 'of_all_rows', cell[:-2]) }}
        and of_all_rows.slice_name = '(all)'
    where profiles.role = 'live'
        -- All rows, a day, a score or operation: with two of these three the subject has fine bins.
        -- Otherwise it has cells, which give no exact quantile.
        and (
            scoped.metric in ('mean', 'min', 'max', 'rate')
            or case when profiles.slice_name = '(all)' then 1 else 0 end
            + case when profiles.window_name <> 'hour' then 1 else 0 end
            + case when scoped.subject_kind in ('score', 'operation') then 1 else 0 end
            >= 2
        )

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
        -- exceeded by chance once in a thousand cases
        {{ model_monitor.signal_columns({
            'value': 'measure',
            'baseline_value': 'sla_limit',
            'sample_size': 'row_count',
            'noise_floor': '3.09 * coalesce(deviation, 0.0)'
                ~ ' * sqrt(coalesce(dispersion, 1.0) / row_count)',
            'dispersion': 'dispersion',
        }) }}
    from measured
    where measure is not null
        -- if the dependence between rows is unknown, all rows together may still be enough
        and (dispersion is not null or (model_version = '(all)' and slice_name = '(all)'))

)

select * from final
