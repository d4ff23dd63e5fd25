{#- How well a model is expected to do, before labels are there; and, once they are, how wrong that
    was. Where it has been wrong, the expectation is no signal. -#}
{%- set cell = ['window_name', 'window_end', 'slice_name', 'slice_value'] %}
{%- set series = ['monitor', 'log', 'model_version', 'window_name', 'slice_name', 'slice_value',
    'score'] %}
{%- set double = model_monitor.type_double() %}

with windows as (

    select * from {{ ref('model_monitor', 'int_monitor__judged_windows') }}
    where {{ model_monitor.is_outcome_log('log') }}

),

scoped as (

    select * from {{ ref('model_monitor', 'int_monitor__scoped_signals') }}
    where family = 'estimates'

),

estimates as (

    select * from {{ ref('model_monitor', 'monitor_estimates') }}
    where role in ('live', 'untreated')
        and coalesce(class, '(binary)') = '(binary)'

),

-- without treatment, where there is any
pasts as (

    select *
    from (
        select
            *,
            row_number() over (
                partition by {{ series | join(', ') }}, window_end
                order by case role when 'untreated' then 1 else 2 end
            ) as preference
        from estimates
    ) as preferred
    where preference = 1

),

judged as (

    select estimates.*
    from estimates
    inner join windows
        on {{ model_monitor.joined_on(
            'estimates', 'windows', ['monitor', 'log', 'window_name', 'window_end']
        ) }}

),

-- what was known when the window ended: of the four weeks before it what had matured by then
reputations as (

    select
        {{ model_monitor.listed_columns('judged', series) }},
        judged.window_end,
        percentile_cont(0.5) within group (order by abs(past.error_roc_auc)) as usual_error
    from judged
    inner join {{ ref('model_monitor', 'int_monitor__outcomes') }} as outcomes
        on judged.monitor = outcomes.monitor
        and judged.log = outcomes.log
    inner join pasts as past
        on {{ model_monitor.joined_on('judged', 'past', series) }}
        and past.window_end + outcomes.matures_seconds * interval '1 second' <= judged.window_end
        and past.window_end >= judged.window_end
            - outcomes.matures_seconds * interval '1 second' - interval '28 days'
    where past.error_roc_auc is not null
        and judged.role = 'live'
    group by {{ model_monitor.listed_columns('judged', series) }}, judged.window_end

),

dispersions as (

    select * from {{ ref('model_monitor', 'int_monitor__row_dispersions') }}
    where log = 'predictions'

),

measured as (

    {%- for metric in model_monitor.estimated_measures() %}
    select
        judged.*,
        '{{ metric }}' as metric,
        judged.estimated_{{ metric }} as value,
        cast(0 as {{ double }}) as noise
    from judged
    left join reputations
        on {{ model_monitor.joined_on('judged', 'reputations', series + ['window_end']) }}
    where coalesce(reputations.usual_error, 0) <= 0.05

    union all
    {% endfor %}
    select
        *,
        'roc_auc_error' as metric,
        abs(error_roc_auc) as value,
        {{ model_monitor.auc_standard_error(
            'realised_roc_auc',
            'realised_prevalence * labelled_count',
            '(1 - realised_prevalence) * labelled_count'
        ) }} as noise
    from judged
    where is_final

),

final as (

    select
        measured.monitor,
        measured.log,
        measured.role,
        measured.model_version,
        scoped.family,
        scoped.subject,
        scoped.metric,
        scoped.baseline,
        measured.window_name,
        measured.window_start,
        measured.window_end,
        measured.slice_name,
        measured.slice_value,
        scoped.layer,
        scoped.subject_kind,
        scoped.least_effect,
        {{ model_monitor.signal_columns({
            'value': 'measured.value',
            'sample_size': 'measured.prediction_count',
            'noise_floor': "case when measured.slice_name = '(all)' then 3.09 else 4.26 end"
                ~ ' * measured.noise * sqrt(coalesce(dispersions.dispersion, 1.0))',
            'dispersion': 'dispersions.dispersion',
            'untreated_value': 'untreated.value',
        }) }}
    from measured
    inner join scoped
        on {{ model_monitor.joined_on(
            'measured', 'scoped', ['monitor', 'log', 'metric', 'window_name']
        ) }}
        and measured.score = scoped.subject
    left join dispersions
        on measured.monitor = dispersions.monitor
        and {{ model_monitor.joined_on('measured', 'dispersions', cell) }}
    left join measured as untreated
        on {{ model_monitor.joined_on('measured', 'untreated', series + ['window_end', 'metric']) }}
        and untreated.role = 'untreated'
    where measured.role = 'live'
        and measured.value is not null
        and measured.noise is not null

)

select * from final
