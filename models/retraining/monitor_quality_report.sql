{#- A view over public tables: nothing is stored twice, and a week that is counted again is right at
    once. -#}
{{ model_monitor.view_model('view') }}
{%- set text = model_monitor.type_text() %}
{%- set double = model_monitor.type_double() %}
{%- set version = ['monitor', 'model_version'] %}
{%- set key = ['monitor', 'model_version', 'week_end'] %}
{%- set a_monday = "cast('1970-01-05' as timestamp)" %}
{%- set actions = {
    'rollback': 'roll_back', 'retrain': 'retrain', 'recalibrate': 'recalibrate',
} %}

-- weeks from Monday to Monday
with weeks as (

    select
        metrics.monitor,
        metrics.model_version,
        metrics.window_start as week_start,
        metrics.window_end as week_end,
        metrics.row_count,
        {{ model_monitor.safe_divide(
            'metrics.row_count',
            "max(case when metrics.model_version = '(all)' then metrics.row_count end)"
            ~ ' over (partition by metrics.monitor, metrics.window_end)'
        ) }} as traffic_share,
        max(metrics.window_end) over (partition by metrics.monitor) as last_week_end
    from {{ ref('model_monitor', 'monitor_metrics') }} as metrics
    where metrics.log = 'predictions'
        and metrics.metric = 'volume'
        and metrics.role = 'live'
        and metrics.slice_name = '(all)'
        and metrics.window_name = '7d'
        and mod({{ dbt.datediff(a_monday, 'metrics.window_end', 'day') }}, 7) = 0

),

versions as (

    select
        monitor,
        model_version,
        max(trained_from) as trained_from,
        max(trained_to) as trained_to,
        max(deployed_at) as deployed_at
    from {{ ref('model_monitor', 'stg_monitor__versions') }}
    group by monitor, model_version

),

measured as (

    select
        primary_performance.*,
        window_end as week_end
    from (
        {{ model_monitor.primary_performance_rows() | indent(8) }}
    ) as primary_performance
    where window_name = '7d'

),

wholes as (

    select * from measured
    where slice_name = '(all)'

),

earlier as (

    select
        wholes.monitor,
        wholes.model_version,
        wholes.week_end,
        {{ model_monitor.exact_mean('before.value') }} as value
    from wholes
    inner join wholes as before
        on wholes.monitor = before.monitor
        and wholes.model_version = before.model_version
        and before.week_end < wholes.week_end
        and before.week_end >= wholes.week_end - interval '28 days'
        and mod({{ dbt.datediff('before.week_end', 'wholes.week_end', 'day') }}, 7) = 0
        and before.value is not null
    group by wholes.monitor, wholes.model_version, wholes.week_end

),

-- slices with as many labels as an evaluation needs
segments as (

    select
        measured.monitor,
        measured.model_version,
        measured.week_end,
        measured.slice_name || ' = ' || measured.slice_value as segment,
        measured.value,
        row_number() over (
            partition by measured.monitor, measured.model_version, measured.week_end
            order by measured.value asc, measured.slice_name asc, measured.slice_value asc
        ) as place
    from measured
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on measured.monitor = monitors.monitor
        and measured.labelled_count >= monitors.label_rows
    where measured.slice_name <> '(all)'
        and measured.value is not null

),

drifted as (

    select
        monitor,
        model_version,
        window_end as week_end,
        max(drifted_share) as drifted_share
    from {{ ref('model_monitor', 'monitor_dataset') }}
    where log = 'predictions'
        and role = 'live'
        and slice_name = '(all)'
        and window_name = '7d'
    group by monitor, model_version, window_end

),

reviewed_incidents as (

    {{ model_monitor.reviewed_incident_rows() | indent(4) }}

),

weekly_incidents as (

    {{ model_monitor.weekly_incident_rows('weeks', 'reviewed_incidents', actions) | indent(4) }}

),

weekly_triggers as (

    {{ model_monitor.weekly_trigger_rows('weeks', 'reviewed_incidents', actions) | indent(4) }}

),

-- coverage is known for the present alone; of the past, since when a series has enough rows
watched as (

    select
        monitor,
        min(since) as watched_since,
        count(case when resolution not in ('too_small', 'unlabelled') then 1 end) * 1e0 / count(*)
            as watched_share
    from {{ ref('model_monitor', 'monitor_coverage') }}
    group by monitor

),

joined as (

    select
        weeks.monitor,
        weeks.model_version,
        weeks.week_start,
        weeks.week_end,
        case when weeks.model_version <> '(all)' then {{ dbt.datediff(
            'coalesce(versions.deployed_at, versions.trained_to)', 'weeks.week_end', 'day'
        ) }} end as model_age_days,
        versions.trained_from,
        versions.trained_to,
        weeks.traffic_share,
        wholes.metric as primary_metric,
        wholes.value as primary_value,
        coalesce(training.value, earlier.value) as primary_reference_value,
        case when training.value is not null then 'in training' else 'in the four weeks before' end
            as reference_text,
        calibration.calibration_ratio,
        calibration.ece_debiased,
        drifted.drifted_share,
        segments.segment as worst_segment,
        segments.value as worst_segment_value,
        coalesce(weekly_incidents.data_quality_incidents, 0) as data_quality_incidents,
        coalesce(weekly_incidents.open_incidents, 0) as open_incidents,
        case when weeks.week_end = weeks.last_week_end then watched.watched_share end
            as watched_share,
        {%- for action in actions %}
        coalesce(weekly_triggers.{{ action }}_count, 0)
        -- in the newest week the triggers know whether the action of an incident is due
        + case
            when weeks.week_end < weeks.last_week_end
                then coalesce(weekly_incidents.{{ action }}_count, 0)
            else 0
        end as {{ action }}_count,
        {%- endfor %}
        coalesce(weekly_triggers.trigger_count, 0) + coalesce(weekly_incidents.asking_count, 0)
            as asking_count,
        wholes.value is null
        and case
            when weeks.week_end = weeks.last_week_end then coalesce(watched.watched_share, 0) = 0
            else coalesce(watched.watched_since > weeks.week_end, true)
        end as is_unwatched,
        weekly_triggers.trigger_texts,
        weekly_incidents.open_texts
    from weeks
    left join versions
        on {{ model_monitor.joined_on('weeks', 'versions', version) }}
    left join wholes
        on {{ model_monitor.joined_on('weeks', 'wholes', key) }}
    left join earlier
        on {{ model_monitor.joined_on('weeks', 'earlier', key) }}
    left join {{ ref('model_monitor', 'stg_monitor__version_metrics') }} as training
        on {{ model_monitor.joined_on('weeks', 'training', version) }}
        and training.metric = wholes.prefix || wholes.metric
    left join {{ ref('model_monitor', 'monitor_calibration') }} as calibration
        on {{ model_monitor.joined_on('weeks', 'calibration', version) }}
        and weeks.week_end = calibration.window_end
        and calibration.window_name = '7d'
        and calibration.role = 'live'
        and calibration.slice_name = '(all)'
        and calibration.class = '(binary)'
        and calibration.is_final
        and calibration.log = wholes.log
        and calibration.score = wholes.score
    left join drifted
        on {{ model_monitor.joined_on('weeks', 'drifted', key) }}
    left join segments
        on {{ model_monitor.joined_on('weeks', 'segments', key) }}
        and segments.place = 1
    left join weekly_incidents
        on {{ model_monitor.joined_on('weeks', 'weekly_incidents', key) }}
    left join weekly_triggers
        on {{ model_monitor.joined_on('weeks', 'weekly_triggers', key) }}
    left join watched
        on weeks.monitor = watched.monitor
    where weeks.row_count > 0
        or weeks.model_version = '(all)'

),

final as (

    select
        monitor,
        model_version,
        week_start,
        week_end,
        cast(model_age_days as integer) as model_age_days,
        trained_from,
        trained_to,
        cast(traffic_share as {{ double }}) as traffic_share,
        cast(primary_metric as {{ text }}) as primary_metric,
        cast(primary_value as {{ double }}) as primary_value,
        cast(primary_reference_value as {{ double }}) as primary_reference_value,
        cast(calibration_ratio as {{ double }}) as calibration_ratio,
        cast(ece_debiased as {{ double }}) as ece_debiased,
        cast(drifted_share as {{ double }}) as drifted_share,
        cast(worst_segment as {{ text }}) as worst_segment,
        cast(worst_segment_value as {{ double }}) as worst_segment_value,
        cast(data_quality_incidents as bigint) as data_quality_incidents,
        cast(open_incidents as bigint) as open_incidents,
        cast(watched_share as {{ double }}) as watched_share,
        cast(case
            {%- for action, said in actions.items() %}
            when {{ action }}_count > 0 then '{{ said }}'
            {%- endfor %}
            when asking_count > 0 or is_unwatched then 'investigate'
            else 'keep'
        end as {{ text }}) as recommendation,
        cast(
            coalesce(
                nullif(concat_ws('; ', trigger_texts, open_texts, case when is_unwatched then
                    'nothing is watched: no series has enough rows, and no labels are final'
                end), ''),
                'no open incident'
            )
            || coalesce('; ' || primary_metric || ' '
                || {{ model_monitor.shown_number('primary_value', 3) }}
                || coalesce(' (' || {{ model_monitor.shown_number('primary_reference_value', 3) }}
                    || ' ' || reference_text || ')', ''), '')
            as {{ text }}
        ) as reasons
    from joined

)

select * from final
