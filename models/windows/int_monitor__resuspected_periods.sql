{#- The days whose suspect status may have changed: touched days, the 28 days whose history contains
    them, and the days of every change. -#}
{{ model_monitor.table_model() }}

with first_pass as (

    select distinct
        monitor,
        log,
        period_start
    from {{ ref('model_monitor', 'int_monitor__daily_reference_drift') }}
    where {{ model_monitor.is_chosen('monitor') }}

),

suspect_days as (

    {{ model_monitor.suspect_days() }}

),

touched as (

    select * from {{ ref('model_monitor', 'int_monitor__touched_periods') }}

),

final as (

    -- an emptied day has no first pass any more, and is no longer suspect
    select
        monitor,
        log,
        period_start
    from touched

    union

    select
        first_pass.monitor,
        first_pass.log,
        first_pass.period_start
    from first_pass
    inner join touched
        on first_pass.monitor = touched.monitor
        and first_pass.log = touched.log
        and first_pass.period_start >= touched.period_start
        and first_pass.period_start <= touched.period_start + interval '28 days'

    union

    -- a change may be entered, moved or withdrawn long after its days were counted
    select
        first_pass.monitor,
        first_pass.log,
        first_pass.period_start
    from first_pass
    inner join {{ ref('model_monitor', 'stg_monitor__changes') }} as changes
        on first_pass.monitor = changes.monitor
        and first_pass.period_start < changes.ended_at
        and first_pass.period_start + interval '1 day' > changes.started_at

    union

    select
        first_pass.monitor,
        first_pass.log,
        first_pass.period_start
    from first_pass
    inner join suspect_days
        on first_pass.monitor = suspect_days.monitor
        and first_pass.log = suspect_days.log
        and first_pass.period_start = suspect_days.period_start

)

select * from final
