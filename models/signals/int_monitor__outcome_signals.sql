{#- Final results of outcomes: performance, calibration and the labels themselves, each number with
    its noise by chance. -#}
{{ model_monitor.view_model() }}
{%- set keys = ['monitor', 'log', 'role', 'model_version', 'window_name', 'window_start',
    'window_end', 'slice_name', 'slice_value'] %}
{%- set same = ['monitor', 'log', 'model_version', 'window_name', 'slice_name', 'slice_value',
    'family', 'subject', 'metric'] %}
{#- the labels of each answer, and decisions, that a single window needs -#}
{%- set fewest = (30 * (model_monitor.thin_share() | trim | float)) | round | int %}
{%- set decided = fewest ~ 'e0' %}
{%- set observed = '(calibration.average_prediction + calibration.mean_gap)' %}
{%- set found = decided ~ ' * performance.precision' %}
{%- set cell = ['window_name', 'window_end', 'slice_name', 'slice_value'] %}

with evaluated as (

    select
        monitor,
        log,
        window_name,
        window_end
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

dispersions as (

    select * from {{ ref('model_monitor', 'int_monitor__row_dispersions') }}
    where log = 'predictions'

),

measured_windows as (

    select performance.*
    from {{ ref('model_monitor', 'monitor_performance') }} as performance
    inner join windows
        on {{ model_monitor.joined_on(
            'performance', 'windows', ['monitor', 'log', 'window_name', 'window_end']
        ) }}
    where performance.role in ('live', 'untreated')
        and performance.is_final

),

-- a mean over classes is at least as certain as its classes are on average
class_errors as (

    select
        {{ model_monitor.listed_columns('performance', keys) }},
        performance.score,
        metric_names.metric,
        {{ model_monitor.exact_mean(model_monitor.performance_error('metric_names.metric'), 15) }}
            as standard_error
    from measured_windows as performance
    cross join (
        values
        {%- for metric in model_monitor.performance_metrics() %}
        ('{{ metric }}'){{ ',' if not loop.last }}
        {%- endfor %}
    ) as metric_names (metric)
    where performance.class not in ('(binary)', '(all)', '(micro)', '(macro)', '(weighted)')
    group by
        {{ model_monitor.listed_columns('performance', keys) }},
        performance.score,
        metric_names.metric

),

-- a single class, if a rule names it
asked_classes as (

    select
        scores.monitor,
        scores.log,
        scores.score,
        scores.class,
        scoped.subject,
        scoped.metric,
        scoped.window_name
    from {{ ref('model_monitor', 'int_monitor__outcome_scores') }} as scores
    inner join scoped
        on {{ model_monitor.joined_on('scores', 'scoped', ['monitor', 'log', 'subject']) }}
        and scoped.family = 'performance'
    where scores.score_kind = 'multiclass'
    group by
        scores.monitor,
        scores.log,
        scores.score,
        scores.class,
        scoped.subject,
        scoped.metric,
        scoped.window_name

),

performance as (

    select
        {{ model_monitor.listed_columns('performance', keys) }},
        'performance' as family,
        coalesce(asked_classes.subject, performance.score) as subject,
        performance.labelled_count as sample_size,
        metric_names.metric,
        case metric_names.metric
            {%- for metric in model_monitor.performance_metrics() %}
            when '{{ metric }}' then performance.{{ metric }}
            {%- endfor %}
        end as value,
        coalesce(
            {{ model_monitor.performance_error('metric_names.metric') }},
            class_errors.standard_error
        ) as standard_error
    from measured_windows as performance
    cross join (
        values
        {%- for metric in model_monitor.performance_metrics() %}
        ('{{ metric }}'){{ ',' if not loop.last }}
        {%- endfor %}
    ) as metric_names (metric)
    left join asked_classes
        on {{ model_monitor.joined_on(
            'performance', 'asked_classes', ['monitor', 'log', 'score', 'class', 'window_name']
        ) }}
        and metric_names.metric = asked_classes.metric
    left join class_errors
        on performance.class = '(macro)'
        and {{ model_monitor.joined_on('performance', 'class_errors', keys + ['score']) }}
        and metric_names.metric = class_errors.metric
    where (
            performance.class in ('(binary)', '(all)')
            or performance.class = case
                when metric_names.metric in ('accuracy', 'log_loss') then '(micro)'
                else '(macro)'
            end
            or asked_classes.subject is not null
        )
        and {{ model_monitor.has_both_answers('performance', fewest) }}
        and (
            metric_names.metric <> 'precision'
            or performance.class in ('(all)', '(micro)', '(macro)')
            or performance.true_positives + performance.false_positives >= {{ fewest }}
            -- A slice may hide its counts. With so many rows the interval is at most this wide.
            or (
                performance.true_positives is null
                and performance.precision_upper - performance.precision_lower
                <= {{ model_monitor.wilson_upper(found, decided) }}
                - {{ model_monitor.wilson_lower(found, decided) }} + 1e-9
            )
        )

),

calibrated as (

    select
        {{ model_monitor.listed_columns('calibration', keys) }},
        calibration.score,
        calibration.class,
        scores.subject,
        calibration.row_count as sample_size,
        calibration.calibration_ratio,
        calibration.ece_debiased,
        calibration.reliability,
        calibration.ece_noise_mean,
        calibration.ece_noise_spread,
        calibration.mean_gap_error / nullif(calibration.average_prediction, 0) as ratio_error,
        -- enough of both answers, in the labels or in what the score expects
        greatest(calibration.average_prediction, {{ observed }}) * calibration.row_count
        >= {{ fewest }}
        and (1 - least(calibration.average_prediction, {{ observed }})) * calibration.row_count
        >= {{ fewest }} as has_both_answers
    from {{ ref('model_monitor', 'monitor_calibration') }} as calibration
    inner join windows
        on {{ model_monitor.joined_on(
            'calibration', 'windows', ['monitor', 'log', 'window_name', 'window_end']
        ) }}
    inner join {{ ref('model_monitor', 'int_monitor__outcome_scores') }} as scores
        on {{ model_monitor.joined_on(
            'calibration', 'scores', ['monitor', 'log', 'score', 'class']
        ) }}
    where calibration.role in ('live', 'untreated')
        and calibration.is_final

),

-- A binary score, a class against the rest, or the mean error over classes. A mean ratio would say
-- nothing: probabilities that add up to 1 match the outcomes overall in any case.
calibration as (

    select
        {{ model_monitor.listed_columns('', keys) }},
        'calibration' as family,
        subject,
        sample_size,
        calibration_ratio,
        ece_debiased,
        ece_noise_mean,
        ece_noise_spread,
        ratio_error
    from calibrated
    where has_both_answers

    union all

    select
        {{ model_monitor.listed_columns('', keys) }},
        'calibration' as family,
        score as subject,
        max(sample_size) as sample_size,
        cast(null as {{ model_monitor.type_double() }}) as calibration_ratio,
        sqrt(greatest({{ model_monitor.exact_mean('reliability - ece_noise_mean') }}, 0e0))
            as ece_debiased,
        {{ model_monitor.exact_mean('ece_noise_mean') }} as ece_noise_mean,
        -- an upper bound, as if the noise of one class hit all classes
        {{ model_monitor.exact_mean('ece_noise_spread') }} as ece_noise_spread,
        cast(null as {{ model_monitor.type_double() }}) as ratio_error
    from calibrated
    where class <> '(binary)'
    group by
        {{ model_monitor.listed_columns('', keys) }},
        score

),

-- The rows of the first score of each outcome: they give the frequency of each class and the
-- spread of numbers.
of_first_scores as (

    select
        {{ model_monitor.listed_columns('performance', keys) }},
        scores.outcome,
        scores.class,
        scores.score_kind,
        performance.labelled_count,
        performance.prevalence,
        -- r2 is 1 minus the ratio of the two squared errors
        performance.rmse / sqrt(nullif((1 - performance.r2) * performance.labelled_count, 0))
            as mean_error
    from measured_windows as performance
    inner join {{ ref('model_monitor', 'int_monitor__outcome_scores') }} as scores
        on {{ model_monitor.joined_on(
            'performance', 'scores', ['monitor', 'log', 'score', 'class']
        ) }}
    where scores.is_first
        and scores.score_kind <> 'binary'

),

labels as (

    select
        {{ model_monitor.listed_columns('labels', keys) }},
        'labels' as family,
        labels.outcome as subject,
        labels.matured_count as sample_size,
        metric_names.metric,
        case metric_names.metric
            when 'unlabelled_share' then 1 - labels.label_coverage
            else labels.mean_outcome
        end as value,
        of_first_scores.mean_error
    from {{ ref('model_monitor', 'monitor_labels') }} as labels
    inner join windows
        on {{ model_monitor.joined_on(
            'labels', 'windows', ['monitor', 'log', 'window_name', 'window_end']
        ) }}
    inner join {{ ref('model_monitor', 'int_monitor__outcomes') }} as outcomes
        on labels.monitor = outcomes.monitor
        and labels.log = outcomes.log
    inner join (
        values
        {%- for metric in model_monitor.metrics_by_family()['labels'] %}
        ('{{ metric }}'){{ ',' if not loop.last }}
        {%- endfor %}
    ) as metric_names (metric)
        on {{ model_monitor.is_label_metric('metric_names.metric', 'outcomes.value_kind') }}
    left join of_first_scores
        on metric_names.metric = 'mean_value'
        and {{ model_monitor.joined_on('labels', 'of_first_scores', keys) }}
    where labels.role in ('live', 'untreated')
        and labels.is_final
        -- without an error the noise by chance is unknown
        and (metric_names.metric <> 'mean_value' or of_first_scores.mean_error is not null)

    union all

    select
        {{ model_monitor.listed_columns('', keys) }},
        'labels' as family,
        outcome || '.' || class as subject,
        labelled_count as sample_size,
        'mean_outcome' as metric,
        prevalence as value,
        cast(null as {{ model_monitor.type_double() }}) as mean_error
    from of_first_scores
    where score_kind = 'multiclass'

),

measured as (

    select
        *,
        cast(null as {{ model_monitor.type_double() }}) as ece_noise_mean,
        cast(null as {{ model_monitor.type_double() }}) as ece_noise_spread
    from performance

    union all

    select
        {{ model_monitor.listed_columns('', keys) }},
        family,
        subject,
        sample_size,
        metric_names.metric,
        case metric_names.metric when 'ece_debiased' then ece_debiased else calibration_ratio end
            as value,
        ratio_error as standard_error,
        ece_noise_mean,
        ece_noise_spread
    from calibration
    cross join (values ('calibration_ratio'), ('ece_debiased')) as metric_names (metric)

    union all

    select
        {{ model_monitor.listed_columns('', keys) }},
        family,
        subject,
        sample_size,
        metric,
        value,
        case
            when metric = 'mean_value' then mean_error
            else {{ model_monitor.share_error('value', 'sample_size') }}
        end as standard_error,
        cast(null as {{ model_monitor.type_double() }}) as ece_noise_mean,
        cast(null as {{ model_monitor.type_double() }}) as ece_noise_spread
    from labels

),

treated_windows as (

    {{ model_monitor.treated_windows(['measured']) }}

),

parted as (

    select
        *,
        max(case when role = 'untreated' then value end) over (
            partition by {{ same | join(', ') }}, window_end
        ) as untreated_value,
        max(case when role = 'untreated' then standard_error end) over (
            partition by {{ same | join(', ') }}, window_end
        ) as untreated_error,
        max(case when role = 'untreated' then 1 else 0 end) over (
            partition by {{ same | join(', ') }}, window_end
        ) as has_untreated
    from measured

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

champions as (

    select * from {{ ref('model_monitor', 'int_monitor__champions') }}

),

-- a version's own first four weeks, overall
first_weeks as (

    select * from {{ ref('model_monitor', 'int_monitor__first_weeks') }}

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
        on {{ model_monitor.joined_on(
            'measured', 'evaluated', ['monitor', 'log', 'window_name', 'window_end']
        ) }}
    inner join scoped
        on {{ model_monitor.joined_on(
            'measured', 'scoped', ['monitor', 'log', 'family', 'subject', 'metric', 'window_name']
        ) }}
    left join live as earlier
        on scoped.baseline in ('last_week', 'previous')
        and {{ model_monitor.joined_on('measured', 'earlier', same) }}
        and measured.window_end - interval '7 days' = earlier.window_end
    left join champions
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
    left join first_weeks
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
        measured.monitor,
        measured.log,
        'live' as role,
        measured.model_version,
        measured.family,
        measured.subject,
        measured.metric,
        measured.baseline,
        measured.window_name,
        measured.window_start,
        measured.window_end,
        measured.slice_name,
        measured.slice_value,
        measured.layer,
        measured.subject_kind,
        measured.min_effect,
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
    left join dispersions
        on measured.monitor = dispersions.monitor
        and {{ model_monitor.joined_on('measured', 'dispersions', cell) }}
    where measured.baseline = 'history'
        or measured.baseline_value is not null

)

select * from final
