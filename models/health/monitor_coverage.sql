{{ model_monitor.table_model() }}
{#- What is watched, as of the latest windows: one row per series and family of rules, with the
    length of the windows that are evaluated and the smallest change that would be found. -#}
{%- set cell = [
    'monitor', 'log', 'model_version', 'slice_name', 'slice_value', 'subject', 'family',
] %}
{%- set scope = [
    'monitor', 'log', 'evidence_log', 'family', 'subject', 'evidence', 'evidence_need',
    'version_pattern', 'slice_pattern', 'slice_value_pattern',
] %}
{%- set double = model_monitor.type_double() %}

with monitors as (

    select * from {{ ref('model_monitor', 'int_monitor__monitors') }}

),

protected_slices as (

    select * from {{ ref('model_monitor', 'int_monitor__protected_slices') }}

),

lengths as (

    select * from {{ ref('model_monitor', 'int_monitor__current_resolutions') }}

),

-- the rules that follow the evidence
scopes as (

    select *
    from {{ ref('model_monitor', 'int_monitor__rule_scopes') }}
    where (at_resolution or at_longer)
        and valid_from <= {{ model_monitor.as_of_timestamp() }}
        and valid_to > {{ model_monitor.as_of_timestamp() }}

),

-- A family of rules for slow change alone is watched one step above the resolution. Some families
-- have no windows of some lengths.
scoped_families as (

    select
        {{ model_monitor.listed_columns('', scope) }},
        max(case when at_resolution then 1 else 0 end) as follows_resolution
        {%- for length in model_monitor.ruled_windows() %},
        max(case when window_name = '{{ length }}' then 1 else 0 end) as has_{{ length }}
        {%- endfor %}
    from scopes
    group by {{ model_monitor.listed_columns('', scope) }}

),

paired as (

    select
        lengths.monitor,
        scoped_families.log,
        lengths.model_version,
        lengths.slice_name,
        lengths.slice_value,
        scoped_families.subject,
        scoped_families.family,
        scoped_families.evidence,
        lengths.evidence_need,
        case when scoped_families.follows_resolution = 1 then lengths.resolution
            else lengths.longer_window end as window_name,
        {%- for length in model_monitor.ruled_windows() %}
        scoped_families.has_{{ length }},
        {%- endfor %}
        lengths.resolution,
        lengths.window_end,
        lengths.watched_from,
        lengths.first_window_end,
        lengths.last_other_end,
        lengths.usual_count,
        lengths.usual_evidence,
        lengths.evidence_of_a_day,
        lengths.dispersion,
        lengths.counted_window,
        row_number() over (
            partition by
                lengths.monitor,
                scoped_families.log,
                lengths.model_version,
                lengths.slice_name,
                lengths.slice_value,
                scoped_families.subject,
                scoped_families.family
            order by
                scoped_families.follows_resolution desc,
                lengths.evidence_need asc,
                scoped_families.version_pattern asc,
                scoped_families.slice_pattern asc,
                scoped_families.slice_value_pattern asc
        ) as priority
    from lengths
    inner join scoped_families
        on lengths.monitor = scoped_families.monitor
        and lengths.log = scoped_families.evidence_log
        and lengths.evidence = scoped_families.evidence
        and lengths.evidence_need = scoped_families.evidence_need
        and lengths.subject
        = {{ model_monitor.evidence_subject('scoped_families', 'scoped_families') }}
        and {{ model_monitor.fits_scope('lengths', 'scoped_families') }}

),

-- Without a value for two months it is not the baseline that is missing. For windows of a day or
-- 7 days it most likely is not after four weeks.
watched as (

    select
        *,
        coalesce(case window_name
            {%- for length in model_monitor.ruled_windows() %}
            when '{{ length }}' then has_{{ length }}
            {%- endfor %}
        end, 0) = 1 as has_window,
        watched_from > window_end - interval '60 days' as is_young,
        watched_from > window_end - interval '28 days' or window_name = '30d' as is_warming_up
    from paired
    where priority = 1

),

detected_metrics as (

    {{ model_monitor.detected_metric_rows(cell) | indent(4) }}

),

described as (

    select
        watched.*,
        detected_metrics.metric,
        detected_metrics.detectable_change,
        watched.evidence = 'labels' and watched.usual_evidence <> watched.usual_count
            as is_rarer_answer,
        detected_metrics.metric is null and watched.has_window and watched.is_young as is_waiting,
        case
            when detected_metrics.metric is not null or (watched.has_window and watched.is_young)
                then watched.window_name
            when watched.usual_count = 0 and {{ model_monitor.is_outcome_log('watched.log') }}
                then 'unlabelled'
            else 'too_small'
        end as watch,
        -- how many rows a group of people or a small cell has is not said
        protected_slices.monitor is null
        and (watched.slice_name = '(all)' or watched.usual_count >= monitors.min_cell)
            as has_counts
    from watched
    inner join monitors
        on watched.monitor = monitors.monitor
    left join protected_slices
        on watched.monitor = protected_slices.monitor
        and watched.slice_name = protected_slices.slice_name
    left join detected_metrics
        on {{ model_monitor.joined_on('watched', 'detected_metrics', cell + ['window_name']) }}
        and watched.has_window
    -- combinations of slices count only the subjects that matter
    where detected_metrics.metric is not null
        or position('+' in watched.slice_name) = 0

),

explained as (

    {{ model_monitor.coverage_reason_rows('described') | indent(4) }}

),

final as (

    select
        monitor,
        log,
        model_version,
        slice_name,
        slice_value,
        subject,
        family,
        watch as resolution,
        cast(watched_from as timestamp) as since,
        cast(case when has_counts and evidence <> 'labels' then usual_count end as {{ double }})
            as usual_row_count,
        cast(case when has_counts and evidence = 'labels' then usual_count end as {{ double }})
            as usual_labelled_count,
        cast(dispersion as {{ double }}) as dispersion,
        metric,
        cast(detectable_change as {{ double }}) as detectable_change,
        reason,
        cast(coalesce(last_other_end, first_window_end) as timestamp) as valid_from
    from explained

)

select * from final
