{{ model_monitor.view_model() }}
{#- What the metrics of the registry are about: one row per population, log and subject, with the
    traits that a metric may need, between commas. -#}
{%- set of_subject = {
    'subject_kind': 'subject_kind', 'is_critical': 'is_critical', 'layer': 'layer',
} %}
{%- set of_score = {'subject': 'score', 'is_critical': 'is_critical'} %}

with subjects as (

    select
        *,
        case subject_kind
            when 'operation' then 'operations'
            when 'score' then 'behaviour'
            else 'data'
        end as layer
    from {{ ref('model_monitor', 'int_monitor__subjects') }}

),

logs as (

    select * from {{ ref('model_monitor', 'int_monitor__logs') }}

),

outcomes as (

    select * from {{ ref('model_monitor', 'int_monitor__outcomes') }}

),

outcome_scores as (

    select
        *,
        case score_kind
            when 'regression' then ',regression,all_classes,'
            when 'binary' then ',classes,one_class,all_classes,'
            else ',classes,all_classes,'
        end as traits
    from {{ ref('model_monitor', 'int_monitor__outcome_scores') }}

),

final as (

    select {{ model_monitor.population_columns('subject', dict(
        of_subject, traits="',' || subject_type || ','
            || case when is_probability then 'probability,' else '' end
            || case when is_probability or min_allowed is not null or max_allowed is not null
                then 'range,' else '' end
            || case when stale_above is not null then 'stale_limit,' else '' end
            || case when low_confidence is not null then 'confidence_limit,' else '' end"
    )) }}
    from subjects

    union all

    -- the share of true values
    select {{ model_monitor.population_columns('rate', of_subject) }}
    from subjects
    where subject_type = 'boolean'

    union all

    -- a statistic of the user's own has its own name
    select {{ model_monitor.population_columns('plugin', {
        'monitor': 'subjects.monitor', 'log': 'subjects.log', 'subject': 'subjects.subject',
        'subject_kind': 'subjects.subject_kind', 'is_critical': 'subjects.is_critical',
        'layer': 'subjects.layer', 'metric_name': 'plugins.plugin',
    }) }}
    from subjects
    inner join (
        {{ model_monitor.plugin_rows() | indent(8) }}
    ) as plugins
        on subjects.monitor = plugins.monitor

    union all

    select {{ model_monitor.population_columns(none, {
        'population': "case when is_ratio then 'rate' when metric = 'volume' then 'row_count'
            else 'amount' end",
        'subject': 'metric', 'subject_kind': "'metric'", 'layer': 'layer',
    }) }}
    from {{ ref('model_monitor', 'int_monitor__metric_definitions') }}

    union all

    select {{ model_monitor.population_columns(
        'limited', dict(of_subject, traits="',' || figure || ','")
    ) }}
    from {{ ref('model_monitor', 'int_monitor__slas') }}
    inner join subjects using (monitor, log, subject)

    union all

    select {{ model_monitor.population_columns('score', {
        'monitor': 'scores.monitor', 'log': 'scores.log', 'subject': 'scores.score',
        'is_critical': 'bool_or(scores.is_critical)',
        'traits': "max(scores.traits)
            || max(case when logs.control_arm is not null then 'control,' else '' end)",
    }) }}
    from outcome_scores as scores
    inner join logs
        on scores.monitor = logs.monitor
        and logs.log = 'predictions'
    group by scores.monitor, scores.log, scores.score, scores.score_kind

    union all

    -- a single class: only rules that name it evaluate its performance
    select {{ model_monitor.population_columns(
        'score', {'is_critical': 'is_critical', 'traits': "',classes,one_class,'"}
    ) }}
    from outcome_scores
    where score_kind = 'multiclass'

    union all

    select {{ model_monitor.population_columns('label', {
        'subject': 'outcome', 'subject_kind': "'label'",
        'traits': "',' || value_kind
            || case when otherwise is null then ',not_implied,' else ',' end",
    }) }}
    from outcomes

    union all

    select {{ model_monitor.population_columns('label', {
        'subject': "outcome || '.' || class", 'subject_kind': "'label'", 'traits': "',binary,'",
    }) }}
    from outcome_scores
    where score_kind = 'multiclass'
        and is_first

    union all

    select {{ model_monitor.population_columns('outcome_score', of_score) }}
    from outcome_scores
    where score_kind = 'binary'

    union all

    select {{ model_monitor.population_columns('protected_score', of_score) }}
    from (
        select distinct monitor, log, score, is_critical
        from outcome_scores
        where score_kind = 'binary'
            and monitor in (
                select protected.monitor
                from {{ ref('model_monitor', 'int_monitor__protected_slices') }} as protected
            )
    ) as protected_scores

    union all

    select {{ model_monitor.population_columns('predictor', {
        'monitor': 'scores.monitor', 'log': 'scores.log', 'subject': 'subjects.subject',
        'subject_kind': 'subjects.subject_kind', 'is_critical': 'subjects.is_critical',
    }) }}
    from (
        select distinct monitor, log
        from outcome_scores
        where score_kind = 'binary'
    ) as scores
    inner join subjects
        on scores.monitor = subjects.monitor
        and subjects.log = 'predictions'
        and subjects.is_watched
        and subjects.subject_kind in ('score', 'feature')

    union all

    select {{ model_monitor.population_columns(
        'costed_score', {'subject': 'score', 'layer': "'business'"}
    ) }}
    from {{ ref('model_monitor', 'int_monitor__costs') }}
    inner join outcome_scores using (monitor, score)
    where class = '(binary)'

    union all

    -- a metric with a depth, such as ndcg@5, has a name of its own
    select {{ model_monitor.population_columns('ranked_score', {
        'subject': 'score', 'traits': "',' || measure || ','", 'metric_name': 'metric',
    }) }}
    from {{ ref('model_monitor', 'int_monitor__ranked_scores') }}

    union all

    select {{ model_monitor.population_columns('proxied_label', {
        'monitor': 'outcomes.monitor', 'log': 'outcomes.log', 'subject': 'outcomes.outcome',
        'subject_kind': "'label'",
    }) }}
    from outcomes
    inner join outcomes as proxies
        on outcomes.monitor = proxies.monitor
        and outcomes.proxy = proxies.outcome
        and proxies.value_kind <> 'class'
    where outcomes.value_kind <> 'class'

    union all

    select {{ model_monitor.population_columns('entity', {
        'log': "'predictions'", 'subject': 'entity', 'subject_kind': "'entity'",
        'layer': "'behaviour'",
    }) }}
    from {{ ref('model_monitor', 'int_monitor__entities') }}

    union all

    {{ model_monitor.log_population_rows() | indent(4) }}

)

select * from final
