{#
    The last step of every engine's sketch. `outputs` are queries of (grain, period_time,
    model_version, role, arm, slice_name, slice_value, subject, bin, n, s1, s2, value_min,
    value_max, clamped), with `subject` as the position from 0. The step adds the numbers of their
    series, and drops rows that are too old or belong to a combination that nobody watches. Starts
    inside a `with`.
#}
{% macro kept_outputs(monitor, log, outputs) %}
{% set here = model_monitor.of_log(monitor, log.name) %}
last_days as (

    select max(date_trunc('day', least(loaded_through, {{ model_monitor.as_of_timestamp() }}))) as last_day
    from {{ ref('model_monitor', 'int_monitor__watermarks') }}
    where {{ here }}

),

series as (

    select
        subjects.subject_position - 1 as subject_index,
        series.slice_name,
        series.slice_value,
        series.series_id,
        series.subject,
        subjects.is_watched,
        subjects.is_primary,
        subjects.subject_type,
        rulers.ruler_version
    from {{ ref('model_monitor', 'int_monitor__series') }} as series
    inner join {{ ref('model_monitor', 'int_monitor__subjects') }} as subjects
        on series.monitor = subjects.monitor
        and series.log = subjects.log
        and series.subject = subjects.subject
    inner join {{ ref('model_monitor', 'int_monitor__ruler_subjects') }} as rulers
        on subjects.monitor = rulers.monitor
        and subjects.log = rulers.log
        and subjects.subject = rulers.subject
    where series.{{ here | replace('and log', 'and series.log') }}

),

outputs as (

    {{ outputs | join('\nunion all\n') | indent(4) }}

)

select
    {{ model_monitor.text_literal(monitor.name) }} as monitor,
    {{ model_monitor.text_literal(log.name) }} as log,
    outputs.role,
    outputs.arm,
    outputs.model_version,
    outputs.grain,
    cast(date_trunc('day', outputs.period_time) as timestamp) as period_start,
    cast(outputs.period_time as timestamp) as period_time,
    outputs.slice_name,
    outputs.slice_value,
    series.subject,
    series.series_id,
    series.ruler_version,
    cast(case
        when outputs.bin = -2 and series.subject_type = 'categorical' then -3
        else outputs.bin
    end as integer) as bin,
    cast(outputs.n as bigint) as row_count,
    cast(outputs.s1 as decimal(38, 0)) as sum_1,
    cast(outputs.s2 as decimal(38, 0)) as sum_2,
    outputs.value_min,
    outputs.value_max,
    cast(outputs.clamped as bigint) as clamped_count
from outputs
inner join series
    on outputs.subject = series.subject_index
    and outputs.slice_name = series.slice_name
    and outputs.slice_value = series.slice_value
cross join last_days
where (
        outputs.grain = 'day'
        or outputs.period_time >= last_days.last_day - interval '{{ monitor.retention.hour }} days'
    )
    and (
        outputs.slice_name = '(all)'
        or outputs.grain = 'hour'
        or outputs.role = 'reference'
        or outputs.period_time >= last_days.last_day - interval '{{ monitor.retention.day_sliced }} days'
    )
    and (
        position('+' in outputs.slice_name) = 0
        or (outputs.grain = 'day' and series.is_watched)
        or (outputs.grain = 'hour' and series.is_primary)
    )
{% endmacro %}
