{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'period_start'],
    replaced_by='int_monitor__detector_blocks'
) }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__detector_blocks') }}
{%- set detectors = {
    'cusum': model_monitor.cusum_rows('points'),
    'ewma': model_monitor.ewma_rows('points'),
    'page_hinkley': model_monitor.page_hinkley_rows('points'),
    'ddm': model_monitor.ddm_rows('points'),
    'eddm': model_monitor.eddm_rows('points'),
    'adwin': model_monitor.adwin_rows('points'),
} %}

with points as (

    select * from {{ ref('model_monitor', 'int_monitor__detector_points') }}

),

{% for name, detector_rows in detectors.items() %}
{{ name }} as (

    select
        '{{ name }}' as detector,
        detected.*
    from (
        {{ detector_rows | indent(8) }}
    ) as detected
    where detected.fires

),

{% endfor %}
fired as (

    {%- for name in detectors %}
    {{ 'union all' if not loop.first }}
    select * from {{ name }}
    {%- endfor %}

),

-- each detector reports once: until then its series was clean
firsts as (

    select
        *,
        row_number() over (partition by frame_id, detector order by n) as choice
    from fired

),

final as (

    select
        points.monitor,
        points.log,
        points.role,
        points.model_version,
        points.window_name,
        points.slice_name,
        points.slice_value,
        points.family,
        points.subject,
        points.metric,
        points.baseline,
        points.period_start,
        firsts.detector,
        points.window_start,
        points.window_end,
        firsts.statistic,
        firsts.control_limit,
        firsts.direction,
        onsets.window_start as onset_at,
        case when firsts.n - firsts.onset_n <= 2 then 'sudden' else 'gradual' end as nature
    from firsts
    inner join points
        on firsts.frame_id = points.frame_id
        and firsts.n = points.n
    left join points as onsets
        on firsts.frame_id = onsets.frame_id
        and least(firsts.onset_n, firsts.n) = onsets.n
    where firsts.choice = 1
        and points.m >= 1

)

select * from final
