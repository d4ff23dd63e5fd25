{#
    The metrics of performance of final windows, each with its standard error: a binary score, a
    number, and the mean over classes of a multiclass score. A single class only if a rule of
    `scoped` names it. `rows` are those of monitor_performance; `fewest` is the number of labels of
    each answer, and of decisions, that a single window needs.
#}
{% macro performance_value_rows(rows, keys, fewest) -%}
{%- set decided = fewest ~ 'e0' -%}
{%- set found = decided ~ ' * performance.precision' -%}
with metric_names as (

    select *
    from (
        values
        {%- for metric in model_monitor.performance_metrics() %}
        ('{{ metric }}'){{ ',' if not loop.last }}
        {%- endfor %}
    ) as names (metric)

),

-- a mean over classes is at least as certain as its classes are on average
class_errors as (

    select
        {{ model_monitor.listed_columns('performance', keys) }},
        performance.score,
        metric_names.metric,
        {{ model_monitor.exact_mean(model_monitor.performance_error('metric_names.metric'), 15) }}
            as standard_error
    from {{ rows }} as performance
    cross join metric_names
    where performance.class not in ('(binary)', '(all)', '(micro)', '(macro)', '(weighted)')
    group by
        {{ model_monitor.listed_columns('performance', keys) }},
        performance.score,
        metric_names.metric

),

-- a single class, if a rule names it
asked_classes as (

    select distinct
        {{ model_monitor.listed_columns('scores', ['monitor', 'log', 'score', 'class']) }},
        {{ model_monitor.listed_columns('scoped', ['subject', 'metric', 'window_name']) }}
    from {{ ref('model_monitor', 'int_monitor__outcome_scores') }} as scores
    inner join scoped
        on {{ model_monitor.joined_on('scores', 'scoped', ['monitor', 'log', 'subject']) }}
        and scoped.family = 'performance'
    where scores.score_kind = 'multiclass'

)

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
from {{ rows }} as performance
cross join metric_names
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
{%- endmacro %}

{#
    The calibration of final windows: ratio and debiased error of a binary score, of a class against
    the rest, and the mean error over classes. A mean ratio would say nothing: probabilities that
    add up to 1 match the outcomes overall in any case. `windows` are the windows to read.
#}
{% macro calibration_value_rows(keys, fewest) -%}
{%- set observed = '(calibration.average_prediction + calibration.mean_gap)' -%}
with calibrated as (

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

score_values as (

    select
        {{ model_monitor.listed_columns('', keys) }},
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

)

select
    {{ model_monitor.listed_columns('', keys) }},
    'calibration' as family,
    subject,
    sample_size,
    metric_names.metric,
    case metric_names.metric when 'ece_debiased' then ece_debiased else calibration_ratio end
        as value,
    ratio_error as standard_error,
    ece_noise_mean,
    ece_noise_spread
from score_values
cross join (values ('calibration_ratio'), ('ece_debiased')) as metric_names (metric)
{%- endmacro %}

{#
    The labels of final windows: their share, their mean and the frequency of each class, each with
    its standard error. `windows` are the windows to read. `rows` are those of monitor_performance:
    the rows of the first score of each outcome give the frequency of each class and the spread of
    numbers.
#}
{% macro label_value_rows(rows, keys) -%}
with of_first_scores as (

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
    from {{ rows }} as performance
    inner join {{ ref('model_monitor', 'int_monitor__outcome_scores') }} as scores
        on {{ model_monitor.joined_on(
            'performance', 'scores', ['monitor', 'log', 'score', 'class']
        ) }}
    where scores.is_first
        and scores.score_kind <> 'binary'

),

label_values as (

    select
        {{ model_monitor.listed_columns('labels', keys) }},
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
        outcome || '.' || class as subject,
        labelled_count as sample_size,
        'mean_outcome' as metric,
        prevalence as value,
        cast(null as {{ model_monitor.type_double() }}) as mean_error
    from of_first_scores
    where score_kind = 'multiclass'

)

select
    {{ model_monitor.listed_columns('', keys) }},
    'labels' as family,
    subject,
    sample_size,
    metric,
    value,
    case
        when metric = 'mean_value' then mean_error
        else {{ model_monitor.share_error('value', 'sample_size') }}
    end as standard_error
from label_values
{%- endmacro %}
