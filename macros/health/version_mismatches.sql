{#
    Notices of versions whose traffic contradicts the registry in the latest window, with the
    start of the oldest window of the same problem without a gap.
#}
{% macro version_mismatch_rows() -%}
{%- set text = model_monitor.type_text() -%}
-- the shortest window of whole days, or hours if there is no other
with served_windows as (

    select
        *,
        dense_rank() over (
            partition by monitor
            order by
                case window_name when 'day' then 1 when '7d' then 2 when '30d' then 3 else 4 end
        ) as length_number
    from {{ ref('model_monitor', 'monitor_versions_served') }}

),

aged_windows as (

    select
        *,
        dense_rank() over (partition by monitor order by window_end desc) as age
    from served_windows
    where length_number = 1

),

-- a problem of the latest window began with the oldest window of its unbroken series
problem_windows as (

    select
        *,
        row_number() over (partition by monitor, model_version, problem order by age) as place
    from aged_windows
    where problem is not null

),

version_problems as (

    select
        monitor,
        model_version,
        problem,
        min(window_start) as since,
        max(case when age = 1 then traffic_share end) as traffic_share,
        max(case when age = 1 then registered_stage end) as registered_stage
    from problem_windows
    where age = place
    group by monitor, model_version, problem

)

select
    'version_mismatch' as kind,
    'warn' as severity,
    monitor,
    'predictions' as log,
    model_version as subject,
    since,
    monitor || ': ' || case problem
        when 'missing_champion' then 'champion ' || model_version || ' serves no rows'
        when 'two_live' then 'champion ' || model_version || ' serves '
            || {{ model_monitor.shown_percent('traffic_share') }}
            || ' of the rows, beside another champion'
        else 'version ' || model_version || ' serves '
            || {{ model_monitor.shown_percent('traffic_share') }} || ' of the rows and is '
            || coalesce('registered as ' || registered_stage, 'not in the registry')
    end || ', since ' || {{ model_monitor.shown_time('since') }}
    || '. Compare monitor_versions_served with policy: versions.' as evidence,
    cast(null as {{ text }}) as suggested_command
from version_problems
{%- endmacro %}
