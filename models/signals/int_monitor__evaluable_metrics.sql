{{ model_monitor.table_model() }}
{#- Every combination that a rule may name under this configuration: one row per monitor, log,
    subject, metric, baseline and window. The subjects of each population meet the metrics of the
    registry, and these the windows of their schedules. -#}

with subjects as (

    select * from {{ ref('model_monitor', 'int_monitor__measured_subjects') }}

),

grid as (

    select * from {{ ref('model_monitor', 'int_monitor__window_grid') }}

),

registry as (

    {{ model_monitor.registry_rows() | indent(4) }}

),

schedules as (

    {{ model_monitor.schedule_rows() | indent(4) }}

),

scheduled as (

    select
        windows.monitor,
        schedules.schedule,
        windows.window_name,
        schedules.baseline,
        schedules.needs
    from (
        select distinct monitor, window_name from grid
        union all
        select distinct monitor, 'run' as window_name from grid
    ) as windows
    inner join schedules
        on windows.window_name = schedules.window_name

    union all

    select monitor, 'published' as schedule, window_name, baseline, null as needs
    from grid
    where is_published

)

select
    subjects.monitor,
    subjects.log,
    registry.family,
    subjects.subject,
    subjects.subject_kind,
    subjects.is_critical,
    coalesce(subjects.metric_name, registry.metric) as metric,
    coalesce(registry.layer, subjects.layer) as layer,
    scheduled.window_name,
    scheduled.baseline
from subjects
inner join registry
    on subjects.population = registry.population
    and {{ model_monitor.has_trait('subjects.traits', 'registry.needs') }}
inner join scheduled
    on subjects.monitor = scheduled.monitor
    and registry.schedule = scheduled.schedule
    and {{ model_monitor.has_trait('subjects.traits', 'scheduled.needs') }}
    and coalesce(registry.baseline, scheduled.baseline) = scheduled.baseline
