{{ model_monitor.table_model() }}
{#- Every combination that a rule may name under this configuration: one row per monitor, log,
    subject, metric, baseline and window. -#}
{%- set seasonal_families = model_monitor.word_literals(model_monitor.seasonal_families()) %}

with subjects as (

    select * from {{ ref('model_monitor', 'int_monitor__subjects') }}

),

grid as (

    select * from {{ ref('model_monitor', 'int_monitor__window_grid') }}

),

windows as (

    select distinct
        monitor,
        window_name
    from grid

),

metrics as (

    select * from {{ ref('model_monitor', 'int_monitor__metric_definitions') }}

),

logs as (

    select * from {{ ref('model_monitor', 'int_monitor__logs') }}

),

-- the history of four weeks; for a day or an hour also the same weekday or hour of the week
histories as (

    select
        each_past.window_name,
        each_past.baseline
    from (
        values
        ('hour', 'history'),
        ('hour', 'seasonal'),
        ('day', 'history'),
        ('day', 'seasonal'),
        ('7d', 'history'),
        ('30d', 'history')
    ) as each_past (window_name, baseline)

),

subject_metrics as (

    select
        metric_names.family,
        metric_names.metric
    from (
        values
        {%- for family in ['quality', 'metrics', 'drift', 'tail'] %}
        {%- set is_last = loop.last %}
        {%- for metric in model_monitor.judged_metrics()[family] %}
        ('{{ family }}', '{{ metric }}'){{ ',' if not (is_last and loop.last) }}
        {%- endfor %}
        {%- endfor %}
    ) as metric_names (family, metric)

),

-- a metric exists if the subject supports it
of_subjects as (

    select
        subjects.monitor,
        subjects.log,
        subject_metrics.family,
        subjects.subject,
        subjects.subject_kind,
        subjects.is_critical,
        subject_metrics.metric,
        case when subjects.subject_kind = 'operation' then 'operations'
            when subjects.subject_kind = 'score' then 'behaviour' else 'data' end as layer
    from subjects
    cross join subject_metrics
    where case subject_metrics.metric
        when 'unseen_share' then subjects.subject_type = 'categorical'
        when 'invalid_rate' then subjects.subject_type = 'numeric'
        when 'zero_rate' then subjects.subject_type = 'numeric'
        when 'at_min_share' then subjects.subject_type = 'numeric'
        when 'at_max_share' then subjects.subject_type = 'numeric'
        when 'extreme_share' then subjects.is_probability
        when 'p95_shift' then subjects.subject_type = 'numeric'
        when 'out_of_range_rate'
            then subjects.min_allowed is not null or subjects.max_allowed is not null
                or subjects.is_probability
        when 'stale_rate' then subjects.stale_above is not null
        when 'value' then subjects.subject_type = 'boolean'
        else true
    end

),

unioned as (

    select
        of_subjects.*,
        windows.window_name,
        histories.baseline
    from of_subjects
    inner join windows
        on of_subjects.monitor = windows.monitor
    inner join histories
        on windows.window_name = histories.window_name
    where of_subjects.family in ({{ seasonal_families }})

    union all

    select
        of_subjects.*,
        grid.window_name,
        grid.baseline
    from of_subjects
    inner join grid
        on of_subjects.monitor = grid.monitor
    where of_subjects.family in ('drift', 'tail')
        and grid.is_published

    union all

    select
        metrics.monitor,
        metrics.log,
        case when metrics.is_ratio then 'metrics' else 'volume' end as family,
        metrics.metric as subject,
        'metric' as subject_kind,
        false as is_critical,
        case when metrics.metric = 'volume' then 'row_count' else 'value' end as metric,
        metrics.layer,
        windows.window_name,
        histories.baseline
    from metrics
    inner join windows
        on metrics.monitor = windows.monitor
    inner join histories
        on windows.window_name = histories.window_name
        and (metrics.is_ratio or histories.baseline = 'history')
    -- expected values exist for days: the same weekday of four weeks
    where metrics.is_ratio
        or windows.window_name = 'day'

    union all

    select
        slas.monitor,
        slas.log,
        'sla' as family,
        slas.subject,
        subjects.subject_kind,
        subjects.is_critical,
        slas.figure as metric,
        'operations' as layer,
        windows.window_name,
        'limit' as baseline
    from {{ ref('model_monitor', 'int_monitor__slas') }} as slas
    inner join subjects
        on slas.monitor = subjects.monitor
        and slas.log = subjects.log
        and slas.subject = subjects.subject
    inner join windows
        on slas.monitor = windows.monitor

    union all

    select
        logs.monitor,
        logs.log,
        'dataset' as family,
        case dataset_metrics.metric
            when 'reference_mismatch_count' then '(reference)'
            else '(dataset)'
        end
            as subject,
        'dataset' as subject_kind,
        false as is_critical,
        dataset_metrics.metric,
        'data' as layer,
        grid.window_name,
        grid.baseline
    from logs
    inner join grid
        on logs.monitor = grid.monitor
    inner join (values ('drifted_share'), ('reference_mismatch_count')) as dataset_metrics (metric)
        on dataset_metrics.metric = 'drifted_share'
        or grid.baseline = 'reference'
    where grid.is_published

    union all

    select
        scores.monitor,
        scores.log,
        measures.family,
        scores.score as subject,
        'score' as subject_kind,
        scores.is_critical,
        measures.metric,
        'performance' as layer,
        windows.window_name,
        measures.baseline
    from (
        select
            outcome_scores.monitor,
            outcome_scores.log,
            outcome_scores.score,
            outcome_scores.score_kind,
            bool_or(outcome_scores.is_critical) as is_critical,
            bool_or(logs.control_arm is not null) as has_control
        from {{ ref('model_monitor', 'int_monitor__outcome_scores') }} as outcome_scores
        inner join logs
            on outcome_scores.monitor = logs.monitor
            and logs.log = 'predictions'
        group by
            outcome_scores.monitor,
            outcome_scores.log,
            outcome_scores.score,
            outcome_scores.score_kind

        union all

        -- a single class: only rules that name it evaluate its performance
        select
            monitor,
            log,
            subject as score,
            'class' as score_kind,
            is_critical,
            false as has_control
        from {{ ref('model_monitor', 'int_monitor__outcome_scores') }}
        where score_kind = 'multiclass'
    ) as scores
    inner join windows
        on scores.monitor = windows.monitor
        and windows.window_name <> 'hour'
    inner join (
        values
        {%- for metric in model_monitor.performance_metrics() %}
        ('performance', '{{ metric }}', 'history'),
        ('performance', '{{ metric }}', 'training'),
        ('performance', '{{ metric }}', 'last_week'),
        ('performance', '{{ metric }}', 'previous'),
        ('performance', '{{ metric }}', 'champion'),
        ('performance', '{{ metric }}', 'control'),
        ('performance', '{{ metric }}', 'first_weeks'),
        {%- endfor %}
        {%- for metric in model_monitor.judged_metrics()['calibration'] %}
        ('calibration', '{{ metric }}', 'history'){{ ',' if not loop.last }}
        {%- endfor %}
    ) as measures (family, metric, baseline)
        on case measures.baseline
            when 'last_week' then windows.window_name = 'day'
            when 'previous' then windows.window_name = '7d'
            when 'first_weeks' then windows.window_name = '7d' and scores.score_kind <> 'class'
            when 'control' then scores.has_control
            else true
        end
        and case
            -- a multiclass score has a mean of the class errors; each class has both metrics
            when measures.family = 'calibration'
                then scores.score_kind in ('binary', 'class')
                    or (scores.score_kind = 'multiclass' and measures.metric = 'ece_debiased')
            when measures.metric in ('mae', 'rmse', 'mape', 'r2', 'bias')
                then scores.score_kind = 'regression'
            else scores.score_kind <> 'regression'
        end

    union all

    select
        outcomes.monitor,
        outcomes.log,
        'labels' as family,
        outcomes.outcome as subject,
        'label' as subject_kind,
        false as is_critical,
        metric_names.metric,
        'performance' as layer,
        windows.window_name,
        'history' as baseline
    from {{ ref('model_monitor', 'int_monitor__outcomes') }} as outcomes
    inner join windows
        on outcomes.monitor = windows.monitor
        and windows.window_name <> 'hour'
    inner join (
        values
        {%- for metric in model_monitor.judged_metrics()['labels'] %}
        ('{{ metric }}'){{ ',' if not loop.last }}
        {%- endfor %}
    ) as metric_names (metric)
        on {{ model_monitor.is_label_metric('metric_names.metric', 'outcomes.value_kind') }}
    -- where a missing label counts as an answer, no label is missing
    where metric_names.metric <> 'unlabelled_share'
        or outcomes.otherwise is null

    union all

    select
        scores.monitor,
        scores.log,
        'labels' as family,
        scores.outcome || '.' || scores.class as subject,
        'label' as subject_kind,
        false as is_critical,
        'mean_outcome' as metric,
        'performance' as layer,
        windows.window_name,
        'history' as baseline
    from {{ ref('model_monitor', 'int_monitor__outcome_scores') }} as scores
    inner join windows
        on scores.monitor = windows.monitor
        and windows.window_name <> 'hour'
    where scores.score_kind = 'multiclass'
        and scores.is_first

    union all

    select
        scores.monitor,
        scores.log,
        'estimates' as family,
        scores.score as subject,
        'score' as subject_kind,
        scores.is_critical,
        measures.metric,
        'performance' as layer,
        windows.window_name,
        'history' as baseline
    from {{ ref('model_monitor', 'int_monitor__outcome_scores') }} as scores
    inner join windows
        on scores.monitor = windows.monitor
        and windows.window_name <> 'hour'
    cross join (
        values
        {%- for metric in model_monitor.judged_metrics()['estimates'] %}
        ('{{ metric }}'){{ ',' if not loop.last }}
        {%- endfor %}
    ) as measures (metric)
    where scores.score_kind = 'binary'

    union all

    select distinct
        scores.monitor,
        scores.log,
        'fairness' as family,
        scores.score as subject,
        'score' as subject_kind,
        scores.is_critical,
        measures.metric,
        'performance' as layer,
        windows.window_name,
        'history' as baseline
    from {{ ref('model_monitor', 'int_monitor__outcome_scores') }} as scores
    inner join {{ ref('model_monitor', 'int_monitor__protected_slices') }} as protected_slices
        on scores.monitor = protected_slices.monitor
    inner join windows
        on scores.monitor = windows.monitor
        and windows.window_name <> 'hour'
    cross join (
        values
        {%- for metric in model_monitor.judged_metrics()['fairness'] %}
        ('{{ metric }}'){{ ',' if not loop.last }}
        {%- endfor %}
    ) as measures (metric)
    where scores.score_kind = 'binary'

    union all

    select
        scores.monitor,
        scores.log,
        'concept' as family,
        subjects.subject,
        subjects.subject_kind,
        subjects.is_critical,
        'rate_change' as metric,
        'performance' as layer,
        windows.window_name,
        case windows.window_name when 'day' then 'last_week' else 'previous' end as baseline
    from (
        select distinct
            monitor,
            log
        from {{ ref('model_monitor', 'int_monitor__outcome_scores') }}
        where score_kind = 'binary'
    ) as scores
    inner join subjects
        on scores.monitor = subjects.monitor
        and subjects.log = 'predictions'
        and subjects.is_watched
        and subjects.subject_kind in ('score', 'feature')
    inner join windows
        on scores.monitor = windows.monitor
        and windows.window_name in ('day', '7d')

    union all

    select
        ranked_scores.monitor,
        ranked_scores.log,
        'ranking' as family,
        ranked_scores.score as subject,
        'score' as subject_kind,
        false as is_critical,
        ranked_scores.metric,
        'performance' as layer,
        windows.window_name,
        'history' as baseline
    from {{ ref('model_monitor', 'int_monitor__ranked_scores') }} as ranked_scores
    inner join windows
        on ranked_scores.monitor = windows.monitor
        and windows.window_name <> 'hour'

    union all

    select
        outcomes.monitor,
        outcomes.log,
        'proxies' as family,
        outcomes.outcome as subject,
        'label' as subject_kind,
        false as is_critical,
        measures.metric,
        'performance' as layer,
        windows.window_name,
        'history' as baseline
    from {{ ref('model_monitor', 'int_monitor__outcomes') }} as outcomes
    inner join {{ ref('model_monitor', 'int_monitor__outcomes') }} as proxies
        on outcomes.monitor = proxies.monitor
        and outcomes.proxy = proxies.outcome
        and proxies.value_kind <> 'class'
    inner join windows
        on outcomes.monitor = windows.monitor
        and windows.window_name <> 'hour'
    cross join (
        values
        {%- for metric in model_monitor.judged_metrics()['proxies'] %}
        ('{{ metric }}'){{ ',' if not loop.last }}
        {%- endfor %}
    ) as measures (metric)
    where outcomes.value_kind <> 'class'

    union all

    select
        costs.monitor,
        scores.log,
        'worth' as family,
        costs.score as subject,
        'score' as subject_kind,
        false as is_critical,
        measures.metric,
        'business' as layer,
        windows.window_name,
        'history' as baseline
    from {{ ref('model_monitor', 'int_monitor__costs') }} as costs
    inner join {{ ref('model_monitor', 'int_monitor__outcome_scores') }} as scores
        on costs.monitor = scores.monitor
        and costs.score = scores.score
        and scores.class = '(binary)'
    inner join windows
        on costs.monitor = windows.monitor
        and windows.window_name <> 'hour'
    cross join (
        values
        {%- for metric in model_monitor.judged_metrics()['worth'] %}
        ('{{ metric }}'){{ ',' if not loop.last }}
        {%- endfor %}
    ) as measures (metric)

    union all

    select
        entities.monitor,
        'predictions' as log,
        'concentration' as family,
        entities.entity as subject,
        'entity' as subject_kind,
        false as is_critical,
        measures.metric,
        'behaviour' as layer,
        windows.window_name,
        'history' as baseline
    from {{ ref('model_monitor', 'int_monitor__entities') }} as entities
    inner join windows
        on entities.monitor = windows.monitor
        and windows.window_name <> 'hour'
    inner join (
        values
        {%- for metric in model_monitor.judged_metrics()['concentration'] %}
        ('{{ metric }}'){{ ',' if not loop.last }}
        {%- endfor %}
    ) as measures (metric)
        on measures.metric <> 'feedback_loop_index'
        or windows.window_name <> 'day'

    union all

    select
        loaded.monitor,
        loaded.log,
        'freshness' as family,
        '(log)' as subject,
        'log' as subject_kind,
        false as is_critical,
        'hours_behind' as metric,
        'operations' as layer,
        'run' as window_name,
        freshness_baselines.baseline
    from (
        select
            logs.monitor,
            logs.log
        from logs
        -- a derived log is as fresh as the log it comes from
        left join logs as parents
            on logs.monitor = parents.monitor
            and logs.relation = parents.relation
            and parents.log = 'predictions'
        where logs.log = 'predictions'
            or parents.log is null

        union all

        -- labels arrive in one log: the outcome with the shortest label window misses them first
        select
            monitor,
            log
        from (
            select
                monitor,
                log,
                row_number() over (partition by monitor order by matures_seconds, log) as place
            from {{ ref('model_monitor', 'int_monitor__outcomes') }}
            where not in_row
        ) as outcomes
        where place = 1
    ) as loaded
    cross join (values ('none'), ('cadence')) as freshness_baselines (baseline)

    union all

    select
        readable.monitor,
        readable.log,
        'freshness' as family,
        '(log)' as subject,
        'log' as subject_kind,
        false as is_critical,
        'not_evaluated' as metric,
        'operations' as layer,
        'run' as window_name,
        'none' as baseline
    from (
        select monitor, log from logs
        union all
        select monitor, log from {{ ref('model_monitor', 'int_monitor__outcomes') }}
    ) as readable

)

select
    monitor,
    log,
    family,
    subject,
    subject_kind,
    is_critical,
    metric,
    layer,
    window_name,
    baseline
from unioned
