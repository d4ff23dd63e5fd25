{#- The judgements of earlier runs, without those that this run replaces: the same windows at the
    same as_of. Empty before the table exists, and in a backtest. -#}
{{ model_monitor.view_model() }}
{%- set judgements = none if model_monitor.backtest() is not none
    else model_monitor.built_relation('monitor_judgements') -%}
{%- set columns = model_monitor.judgement_columns() -%}

with windows as (

    select * from {{ ref('model_monitor', 'int_monitor__evaluated_windows') }}

),

{% if judgements is not none -%}
final as (

    select
        {{ model_monitor.listed_columns('judgements', columns) }},
        judgements.as_of
    from {{ judgements }} as judgements
    left join windows
        on judgements.monitor = windows.monitor
        and judgements.log = windows.log
        and judgements.window_name = windows.window_name
        and judgements.window_end = windows.window_end
        and judgements.as_of = windows.as_of
    where windows.monitor is null

)
{%- else -%}
final as (

    select
        {{ model_monitor.fingerprint() }} as fingerprint,
        {{ model_monitor.listed_columns('', model_monitor.verdict_columns()) }},
        {{ model_monitor.as_of_timestamp() }} as as_of
    from {{ ref('model_monitor', 'int_monitor__verdicts') }}
    where 1 = 0

)
{%- endif %}

select * from final
