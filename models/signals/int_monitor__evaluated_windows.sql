{{ model_monitor.table_model() }}
{#- The windows that this run evaluates: windows whose verdict may have changed, and the run itself
    (is the log fresh?). If nothing was ever evaluated here, every window. -#}
-- depends_on: {{ ref('model_monitor', 'int_monitor__windows') }}

with windows as (

    select
        monitor,
        log,
        window_name,
        window_end
    from {{ ref('model_monitor', 'int_monitor__reevaluated_windows') }}
    {% if model_monitor.judges_everything() %}
    union

    select
        monitor,
        log,
        window_name,
        window_end
    from {{ ref('model_monitor', 'int_monitor__windows') }}
    {% endif %}
    union

    select
        monitor,
        log,
        'run' as window_name,
        {{ model_monitor.as_of_timestamp() }} as window_end
    from {{ ref('model_monitor', 'int_monitor__watermarks') }}
    union

    select
        monitor,
        log,
        'run' as window_name,
        {{ model_monitor.as_of_timestamp() }} as window_end
    from {{ ref('model_monitor', 'int_monitor__outcome_watermarks') }}

),

final as (

    select
        monitor,
        log,
        window_name,
        window_end,
        {{ model_monitor.as_of_timestamp() }} as as_of
    from windows

)

select * from final
