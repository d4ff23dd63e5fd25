{#- Whether the model's age, the schedule, new labels or an event calls for retraining. Each counts
    from the registry's dates of the serving version, so every run gives the same answer. -#}
{{ model_monitor.view_model() }}
{%- set day = '86400.0' %}

with evaluated as (

    select
        monitor,
        max(as_of) as as_of
    from {{ ref('model_monitor', 'int_monitor__evaluations') }}
    group by monitor

),

served as (

    select
        retraining.*,
        versions.champion_version,
        versions.trained_to,
        versions.deployed_at,
        coalesce(evaluated.as_of, {{ model_monitor.as_of_timestamp() }}) as as_of,
        case
            when versions.champion_version is null then 'the serving version is unknown'
            when versions.trained_to is null
                then 'the training period of ' || versions.champion_version || ' is unknown'
        end as unknown_training
    from {{ ref('model_monitor', 'int_monitor__retraining') }} as retraining
    left join {{ ref('model_monitor', 'int_monitor__served_versions') }} as versions
        on retraining.monitor = versions.monitor
    left join evaluated
        on retraining.monitor = evaluated.monitor

),

dated as (

    select
        monitor,
        'age' as kind,
        as_of,
        max_age_seconds is not null as is_configured,
        unknown_training as unknown_reason,
        trained_to + max_age_seconds * interval '1 second' as due_at,
        'trained on data until ' || {{ model_monitor.shown_time('trained_to') }} as fact,
        {{ model_monitor.shown_number('max_age_seconds / ' ~ day) }} as days
    from served

    union all

    select
        monitor,
        'schedule' as kind,
        as_of,
        every_seconds is not null as is_configured,
        case
            when champion_version is null then 'the serving version is unknown'
            when deployed_at is null
                then 'the deployment date of ' || champion_version || ' is unknown'
        end as unknown_reason,
        deployed_at + every_seconds * interval '1 second' as due_at,
        'deployed ' || {{ model_monitor.shown_time('deployed_at') }} as fact,
        {{ model_monitor.shown_number('every_seconds / ' ~ day) }} as days
    from served

),

-- by the day of the prediction, once that day is final and no longer changes
labelled as (

    select
        served.monitor,
        served.as_of,
        served.label_target,
        labels.window_end
        + (outcomes.matures_seconds + monitors.lateness_seconds) * interval '1 second' as known_at,
        sum(labels.labelled_count) over (
            partition by served.monitor order by labels.window_end
        ) as label_count
    from served
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on served.monitor = monitors.monitor
    inner join {{ ref('model_monitor', 'int_monitor__outcomes') }} as outcomes
        on served.monitor = outcomes.monitor
        and served.log = outcomes.log
    inner join {{ ref('model_monitor', 'monitor_labels') }} as labels
        on served.monitor = labels.monitor
        and served.log = labels.log
        and labels.window_name = 'day'
        and labels.role = 'live'
        and labels.model_version = '(all)'
        and labels.slice_name = '(all)'
        and labels.is_final
        and labels.window_start >= served.trained_to

),

reached as (

    select
        monitor,
        max(label_count) as label_count,
        min(case when label_count >= label_target then known_at end) as fired_at
    from labelled
    where known_at <= as_of
    group by monitor

),

events as (

    select
        served.monitor,
        min(changes.started_at) as fired_at,
        {{ model_monitor.joined_texts(
            model_monitor.shown_time('changes.started_at') ~ " || ' ' || changes.kind || ' '"
            ~ " || coalesce(changes.name, changes.change_id, '')",
            '1 = 1'
        ) }} as reason
    from served
    inner join {{ ref('model_monitor', 'int_monitor__retraining_events') }} as kinds
        on served.monitor = kinds.monitor
    inner join {{ ref('model_monitor', 'stg_monitor__changes') }} as changes
        on kinds.monitor = changes.monitor
        and kinds.kind = changes.kind
        and changes.started_at > served.trained_to
        and changes.started_at <= served.as_of
        and {{ model_monitor.fits_pattern('served.champion_version', 'changes.model_version') }}
    group by served.monitor

),

configured_events as (

    select
        monitor,
        count(*) as kind_count
    from {{ ref('model_monitor', 'int_monitor__retraining_events') }}
    group by monitor

),

final as (

    select
        monitor,
        kind,
        is_configured,
        unknown_reason is null as is_known,
        case when due_at <= as_of then due_at end as fired_at,
        case
            when unknown_reason is not null then unknown_reason
            when due_at > as_of then fact || ', due on '
                || {{ model_monitor.shown_time('due_at') }} || ' (after ' || days || ' days)'
            when kind = 'age' then fact || ', more than ' || days || ' days ago'
            else fact || ', overdue: a new version every ' || days || ' days'
        end as reason
    from dated

    union all

    select
        served.monitor,
        'label_volume' as kind,
        served.label_target is not null as is_configured,
        served.unknown_training is null and reached.label_count is not null as is_known,
        reached.fired_at,
        coalesce(
            served.unknown_training,
            {{ model_monitor.shown_number('reached.label_count') }} || ' new labels since '
            || {{ model_monitor.shown_time('served.trained_to') }} || ' (retrain at '
            || {{ model_monitor.shown_number('served.label_target') }} || ')',
            'no final day since ' || {{ model_monitor.shown_time('served.trained_to') }}
        ) as reason
    from served
    left join reached
        on served.monitor = reached.monitor

    union all

    select
        served.monitor,
        'event' as kind,
        configured_events.kind_count is not null as is_configured,
        served.unknown_training is null as is_known,
        events.fired_at,
        coalesce(
            served.unknown_training,
            events.reason,
            'no configured event since ' || {{ model_monitor.shown_time('served.trained_to') }}
        ) as reason
    from served
    left join configured_events
        on served.monitor = configured_events.monitor
    left join events
        on served.monitor = events.monitor

)

select * from final
