{#- The logs whose reference must be counted (again), because a ruler or a vocabulary
    was frozen since. -#}
{{ model_monitor.table_model() }}

with watermarks as (

    select * from {{ ref('model_monitor', 'int_monitor__watermarks') }}

),

frozen as (

    select monitor, log, frozen_run
    from {{ ref('model_monitor', 'int_monitor__ruler_subjects') }}
    union all
    select monitor, log, frozen_run
    from {{ ref('model_monitor', 'int_monitor__vocabulary') }}

),

final as (

    select
        frozen.monitor,
        frozen.log
    from frozen
    inner join watermarks
        on frozen.monitor = watermarks.monitor
        and frozen.log = watermarks.log
    where frozen.frozen_run > watermarks.previous_run_number
    group by frozen.monitor, frozen.log

)

select * from final
