{#- Final results of outcomes: performance, calibration and the labels themselves, each number with
    its noise by chance. -#}
{{ model_monitor.view_model() }}
{%- set keys = ['monitor', 'log', 'role', 'model_version', 'window_name', 'window_start',
    'window_end', 'slice_name', 'slice_value'] %}
{%- set same = ['monitor', 'log', 'model_version', 'window_name', 'slice_name', 'slice_value',
    'family', 'subject', 'metric'] %}
{#- the labels of each answer, and decisions, that a single window needs -#}
{%- set fewest = (30 * (model_monitor.thin_share() | trim | float)) | round | int %}
{%- set window = ['monitor', 'log', 'window_name', 'window_end'] %}
{%- set signal = ['monitor', 'log', 'role', 'model_version', 'family', 'subject', 'metric',
    'baseline', 'window_name', 'window_start', 'window_end', 'slice_name', 'slice_value', 'layer',
    'subject_kind', 'min_effect'] %}

with evaluated as (

    select monitor, log, window_name, window_end
    from {{ ref('model_monitor', 'int_monitor__evaluated_windows') }}
    where {{ model_monitor.is_outcome_log('log') }}

),

-- and the windows a week before: the same weekday, the previous week
windows as (

    select * from evaluated

    union

    select
        monitor,
        log,
        window_name,
        window_end - interval '7 days' as window_end
    from evaluated

),

scoped as (

    select * from {{ ref('model_monitor', 'int_monitor__scoped_signals') }}
    where family in ('performance', 'calibration', 'labels')

),

measured_windows as (

    select performance.*
    from {{ ref('model_monitor', 'monitor_performance') }} as performance
    inner join windows
        on {{ model_monitor.joined_on('performance', 'windows', window) }}
    where performance.role in ('live', 'untreated')
        and performance.is_final

),

performance as (

    {{ model_monitor.performance_value_rows('measured_windows', keys, fewest) | indent(4) }}

),

labels as (

    {{ model_monitor.label_value_rows('measured_windows', keys) | indent(4) }}

),

calibration as (

    {{ model_monitor.calibration_value_rows(keys, fewest) | indent(4) }}

),

measured as (

    select
        *,
        cast(null as {{ model_monitor.type_double() }}) as ece_noise_mean,
        cast(null as {{ model_monitor.type_double() }}) as ece_noise_spread
    from (
        select * from performance
        union all
        select * from labels
    ) as exact_values

    union all

    select * from calibration

),

treated_windows as (

    {{ model_monitor.treated_windows(['measured']) }}

),

parted as (

    select
        *,
        max(case when role = 'untreated' then value end) over population as untreated_value,
        max(case when role = 'untreated' then standard_error end) over population
            as untreated_error,
        max(case when role = 'untreated' then 1 else 0 end) over population as has_untreated
    from measured
    window population as (partition by {{ same | join(', ') }}, window_end)

),

-- the value for comparisons: untreated if possible, null if too few untreated rows are left
live as (

    select
        parted.*,
        case
            when parted.has_untreated = 1 then parted.untreated_value
            when treated_windows.monitor is null then parted.value
        end as past_value,
        case when parted.has_untreated = 1 then parted.untreated_error
            else parted.standard_error end as past_error
    from parted
    left join treated_windows
        on {{ model_monitor.joined_on(
            'parted', 'treated_windows', ['monitor', 'log', 'window_start', 'window_end']
        ) }}
    where parted.role = 'live'

),

training as (

    select
        monitor,
        model_version,
        metric,
        max(value) as value
    from {{ ref('model_monitor', 'stg_monitor__version_metrics') }}
    group by monitor, model_version, metric

),

compared as (

    select
        measured.*,
        scoped.baseline,
        scoped.layer,
        scoped.subject_kind,
        scoped.min_effect,
        case scoped.baseline
            when 'training' then training.value
            when 'champion' then champion.past_value
            when 'control' then measured.untreated_value
            when 'first_weeks' then first_weeks.value
            else earlier.past_value
        end as baseline_value,
        case scoped.baseline
            when 'champion' then champion.past_error
            when 'control' then measured.untreated_error
            when 'first_weeks' then first_weeks.standard_error
            else earlier.past_error
        end as baseline_error
    from live as measured
    inner join evaluated
        on {{ model_monitor.joined_on('measured', 'evaluated', window) }}
    inner join scoped
        on {{ model_monitor.joined_on(
            'measured', 'scoped', ['monitor', 'log', 'family', 'subject', 'metric', 'window_name']
        ) }}
    left join live as earlier
        on scoped.baseline in ('last_week', 'previous')
        and {{ model_monitor.joined_on('measured', 'earlier', same) }}
        and measured.window_end - interval '7 days' = earlier.window_end
    left join {{ ref('model_monitor', 'int_monitor__champions') }} as champions
        on measured.monitor = champions.monitor
    left join live as champion
        on scoped.baseline = 'champion'
        and {{ model_monitor.joined_on(
            'measured', 'champion', same | reject('equalto', 'model_version') | list
        ) }}
        and measured.window_end = champion.window_end
        and champion.model_version = champions.champion_version
        and measured.model_version <> champions.champion_version
        and measured.model_version <> '(all)'
    -- a version's own first four weeks, overall
    left join {{ ref('model_monitor', 'int_monitor__first_weeks') }} as first_weeks
        on scoped.baseline = 'first_weeks'
        and measured.slice_name = '(all)'
        and {{ model_monitor.joined_on(
            'measured', 'first_weeks', ['monitor', 'log', 'model_version', 'subject', 'metric']
        ) }}
        and measured.window_start >= first_weeks.window_end
    -- metrics of any score but the first carry its name
    left join (
        select distinct
            monitor,
            score
        from {{ ref('model_monitor', 'int_monitor__outcome_scores') }}
        where score_position = 0
    ) as first_scores
        on measured.monitor = first_scores.monitor
        and measured.subject = first_scores.score
    left join training
        on scoped.baseline = 'training'
        and measured.monitor = training.monitor
        and measured.model_version = training.model_version
        and training.metric = case
            when first_scores.score is null then measured.subject || '.' else ''
        end || measured.metric
    where measured.value is not null

),

final as (

    select
        {{ model_monitor.listed_columns('measured', signal) }},
        {{ model_monitor.signal_columns({
            'value': 'measured.value',
            'baseline_value': 'measured.baseline_value',
            'sample_size': 'measured.sample_size',
            'noise_floor': model_monitor.outcome_noise(
                'coalesce(dispersions.dispersion, 1.0)', 'measured.baseline'
            ),
            'dispersion': 'dispersions.dispersion',
            'untreated_value': 'measured.untreated_value',
        }) }}
    from compared as measured
    left join {{ ref('model_monitor', 'int_monitor__row_dispersions') }} as dispersions
        on dispersions.log = 'predictions'
        and {{ model_monitor.joined_on('measured', 'dispersions', [
            'monitor', 'window_name', 'window_end', 'slice_name', 'slice_value',
        ]) }}
    where measured.baseline = 'history'
        or measured.baseline_value is not null

)

select * from final
