{#- The days whose suspicion may have changed: what was touched, and the 28 days whose history holds
    it. -#}
{{ config(materialized='table') }}

with first_pass as (

    select distinct
        monitor,
        log,
        period_start
    from {{ ref('model_monitor', 'int_monitor__first_pass') }}

),

touched as (

    select * from {{ ref('model_monitor', 'int_monitor__touched_periods') }}

),

final as (

    -- a day that was emptied has no first pass any more, and is no longer suspect
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

)

select * from final
