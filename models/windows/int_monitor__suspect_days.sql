{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'period_start'],
    replaced_by='int_monitor__resuspected_periods'
) }}
{#- Days that no baseline may use, per slice and subject: days far from the fixed reference and
    unlike their own last 28 days, or days that a change names. The history uses median and spread.
    It leaves out the last week if the rest is enough, so bad days do not hide the next one. A pure
    function of the sketches: it reads no alerts. -#}
{%- set settled = "case when history.period_start < far.period_start - interval '7 days'"
    ~ " then history.psi_root end" %}

with periods as (

    select * from {{ ref('model_monitor', 'int_monitor__resuspected_periods') }}

),

first_pass as (

    select
        *,
        {{ model_monitor.cube_root('psi_valid') }} as psi_root
    from {{ ref('model_monitor', 'int_monitor__daily_reference_drift') }}

),

tested as (

    select first_pass.*
    from first_pass
    inner join periods
        on first_pass.monitor = periods.monitor
        and first_pass.log = periods.log
        and first_pass.period_start = periods.period_start

),

-- only days far from the reference can be suspect, so only their history is read
far as (

    select
        tested.*,
        coalesce(
            tested.psi_valid - (tested.occupied_bin_count - 1)
            * (1.0 / nullif(tested.valid_count, 0) + 1.0 / nullif(tested.reference_valid_count, 0))
            > 0.25,
            false
        ) as is_far,
        coalesce(tested.missing_rate - tested.reference_missing_rate > 0.1, false) as is_missing
    from tested
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on tested.monitor = monitors.monitor
    where tested.row_count >= monitors.min_cell

),

histories as (

    select
        far.monitor,
        far.log,
        far.period_start,
        far.slice_name,
        far.slice_value,
        far.subject,
        far.is_far,
        far.is_missing,
        far.psi_root,
        far.missing_rate,
        count(history.psi_root) as history_count,
        percentile_cont(0.5) within group (order by history.psi_root) as median_root,
        percentile_cont(0.75) within group (order by history.psi_root)
            - percentile_cont(0.25) within group (order by history.psi_root) as spread_root,
        count({{ settled }}) as settled_count,
        percentile_cont(0.5) within group (order by {{ settled }}) as settled_median,
        percentile_cont(0.75) within group (order by {{ settled }})
            - percentile_cont(0.25) within group (order by {{ settled }}) as settled_spread,
        percentile_cont(0.5) within group (order by history.missing_rate) as median_missing
    from far
    left join first_pass as history
        on far.monitor = history.monitor
        and far.log = history.log
        and far.slice_name = history.slice_name
        and far.slice_value = history.slice_value
        and far.subject = history.subject
        and history.period_start >= far.period_start - interval '28 days'
        and history.period_start < far.period_start
    where far.is_far
        or far.is_missing
    group by
        far.monitor,
        far.log,
        far.period_start,
        far.slice_name,
        far.slice_value,
        far.subject,
        far.is_far,
        far.is_missing,
        far.psi_root,
        far.missing_rate

),

usuals as (

    select
        *,
        case when settled_count >= 7 then settled_median else median_root end as usual_root,
        case when settled_count >= 7 then settled_spread else spread_root end as usual_spread
    from histories
    where history_count >= 7

),

by_counts as (

    select
        monitor,
        log,
        period_start,
        slice_name,
        slice_value,
        subject
    from usuals
    where (is_far and psi_root > usual_root + 5 * greatest(usual_spread / 1.349, 0.05))
        or (is_missing and missing_rate > median_missing + 0.1)

),

by_changes as (

    select distinct
        tested.monitor,
        tested.log,
        tested.period_start,
        tested.slice_name,
        tested.slice_value,
        tested.subject
    from tested
    inner join {{ ref('model_monitor', 'stg_monitor__changes') }} as changes
        on tested.monitor = changes.monitor
        and tested.period_start < changes.ended_at
        and tested.period_start + interval '1 day' > changes.started_at
    where tested.slice_name = '(all)'
        and (changes.kind = 'incident' or changes.expected_effect in ('annotate', 'hold'))
        and (changes.subject is null or changes.subject = '*' or tested.subject = changes.subject)
        and changes.kind <> 'experiment'

),

suspects as (

    select * from by_counts
    union
    select * from by_changes

),

{% if model_monitor.has_history() %}
earlier as (

    select earlier.*
    from {{ this }} as earlier
    inner join periods
        on earlier.monitor = periods.monitor
        and earlier.log = periods.log
        and earlier.period_start = periods.period_start

),
{% endif %}

final as (

    select
        suspects.monitor,
        suspects.log,
        suspects.period_start,
        suspects.slice_name,
        suspects.slice_value,
        suspects.subject,
        true as is_suspect,
        {% if model_monitor.has_history() %}
        case
            when earlier.is_suspect then earlier.revised_run
            else watermarks.previous_run_number + 1
        end as revised_run
        {% else %}
        watermarks.previous_run_number + 1 as revised_run
        {% endif %}
    from suspects
    inner join {{ ref('model_monitor', 'int_monitor__watermarks') }} as watermarks
        on suspects.monitor = watermarks.monitor
        and suspects.log = watermarks.log
    {% if model_monitor.has_history() %}
    left join earlier
        on suspects.monitor = earlier.monitor
        and suspects.log = earlier.log
        and suspects.period_start = earlier.period_start
        and suspects.slice_name = earlier.slice_name
        and suspects.slice_value = earlier.slice_value
        and suspects.subject = earlier.subject

    -- no longer suspect: stored as such, so windows evaluated without the day are evaluated again
    union all

    select
        earlier.monitor,
        earlier.log,
        earlier.period_start,
        earlier.slice_name,
        earlier.slice_value,
        earlier.subject,
        false as is_suspect,
        case
            when earlier.is_suspect then watermarks.previous_run_number + 1
            else earlier.revised_run
        end as revised_run
    from earlier
    inner join {{ ref('model_monitor', 'int_monitor__watermarks') }} as watermarks
        on earlier.monitor = watermarks.monitor
        and earlier.log = watermarks.log
    left join suspects
        on earlier.monitor = suspects.monitor
        and earlier.log = suspects.log
        and earlier.period_start = suspects.period_start
        and earlier.slice_name = suspects.slice_name
        and earlier.slice_value = suspects.slice_value
        and earlier.subject = suspects.subject
    where suspects.monitor is null
    {% endif %}

)

select * from final
