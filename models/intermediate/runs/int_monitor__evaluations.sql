{#- What of each log this run could evaluate. A run of one monitor leaves what was said of the
    others. -#}
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['monitor', 'log'],
    on_schema_change='append_new_columns',
    full_refresh=false
) }}
{%- set text = model_monitor.type_text() %}

with watermarks as (

    select * from {{ ref('model_monitor', 'int_monitor__watermarks') }}

),

logs as (

    select * from {{ ref('model_monitor', 'int_monitor__logs') }}

),

rulers as (

    select * from {{ ref('model_monitor', 'int_monitor__ruler_subjects') }}

),

frozen as (

    select
        monitor,
        log,
        sum(valid_row_count) as valid_row_count
    from rulers
    group by monitor, log

),

changed as (

    select
        rulers.monitor,
        rulers.log,
        'subject ' || rulers.subject || ': was ' || rulers.type_kind || ' when its ruler froze, is '
        || types.type_kind || ' (' || types.data_type || ')' as problem
    from rulers
    inner join {{ ref('model_monitor', 'int_monitor__subject_types') }} as types
        on rulers.monitor = types.monitor
        and rulers.log = types.log
        and rulers.subject = types.subject
    where rulers.type_kind <> types.type_kind

),

type_changes as (

    select
        monitor,
        log,
        {{ model_monitor.joined_texts('problem', '1 = 1') }} as problems
    from changed
    group by monitor, log

),

final as (

    select
        watermarks.monitor,
        watermarks.log,
        {{ model_monitor.as_of_timestamp() }} as as_of,
        cast(case
            when not logs.is_readable then 'not_evaluated'
            when logs.status <> 'ok' or type_changes.problems is not null then 'partly_evaluated'
            -- what was frozen of training data stays when these are gone
            when not logs.is_reference_readable and coalesce(frozen.valid_row_count, 0) = 0
                then 'partly_evaluated'
            else 'evaluated'
        end as {{ text }}) as evaluation,
        cast(
            nullif(concat_ws('; ', logs.problems, type_changes.problems), '') as {{ text }}
        ) as problems
    from watermarks
    inner join logs
        on watermarks.monitor = logs.monitor
        and watermarks.log = logs.log
    left join frozen
        on watermarks.monitor = frozen.monitor
        and watermarks.log = frozen.log
    left join type_changes
        on watermarks.monitor = type_changes.monitor
        and watermarks.log = type_changes.log

    union all

    select
        clocks.monitor,
        clocks.log,
        {{ model_monitor.as_of_timestamp() }} as as_of,
        cast(case
            when not outcomes.is_readable then 'not_evaluated'
            when outcomes.status <> 'ok' then 'partly_evaluated'
            else 'evaluated'
        end as {{ text }}) as evaluation,
        cast(outcomes.problems as {{ text }}) as problems
    from {{ ref('model_monitor', 'int_monitor__outcome_clocks') }} as clocks
    inner join {{ ref('model_monitor', 'int_monitor__outcomes') }} as outcomes
        on clocks.monitor = outcomes.monitor
        and clocks.log = outcomes.log

)

select * from final
