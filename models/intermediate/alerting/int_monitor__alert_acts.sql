{#- What people said of each alert, as it is known at as_of: who saw it, who wants no word of it,
    and what it turned out to be. Of two words about the same thing the later one counts. -#}
{%- set as_of = model_monitor.as_of_timestamp() %}

with alerts as (

    select * from {{ ref('model_monitor', 'int_monitor__alert_facts') }}

),

acts as (

    select
        *,
        row_number() over (
            partition by act, alert_id, monitor, subject, slice_name, slice_value
            order by acted_at desc, act_id desc
        ) as recency
    from {{ ref('model_monitor', 'monitor_audit') }}
    where acted_at <= {{ as_of }}

),

silences as (

    select
        cast(null as {{ model_monitor.type_text() }}) as alert_id,
        monitor,
        subject,
        slice_name,
        slice_value,
        until,
        coalesce(author, silence_id) as author
    from {{ ref('model_monitor', 'stg_monitor__silences') }}
    where coalesce(started_at, {{ as_of }}) <= {{ as_of }}

    union all

    select
        alert_id,
        monitor,
        subject,
        slice_name,
        slice_value,
        until,
        author
    from acts
    where act = 'silence'
        and recency = 1

),

-- the one that lasts longest
silenced as (

    select
        alerts.alert_id,
        silences.author,
        silences.until,
        row_number() over (
            partition by alerts.alert_id order by silences.until desc, silences.author asc
        ) as choice
    from alerts
    inner join silences
        on coalesce(silences.alert_id, alerts.alert_id) = alerts.alert_id
        and {{ model_monitor.fits_pattern('alerts.monitor', 'silences.monitor') }}
        and {{ model_monitor.fits_pattern('alerts.subject', 'silences.subject') }}
        and {{ model_monitor.fits_pattern('alerts.slice_name', 'silences.slice_name') }}
        and {{ model_monitor.fits_pattern('alerts.slice_value', 'silences.slice_value') }}
    where silences.until > {{ as_of }}

),

said as (

    select
        alert_id,
        min(case when act = 'ack' then acted_at end) as acknowledged_at,
        max(case when act = 'ack' and recency = 1 then author end) as acknowledged_by,
        max(case when act = 'decide' and recency = 1 then acted_at end) as decided_at,
        max(case when act = 'decide' and recency = 1 then author end) as decided_by,
        max(case when act = 'decide' and recency = 1 then decision end) as decision
    from acts
    where alert_id is not null
    group by alert_id

),

final as (

    select
        alerts.alert_id,
        silenced.author as silenced_by,
        silenced.until as silenced_until,
        said.acknowledged_at,
        said.acknowledged_by,
        said.decided_at,
        said.decided_by,
        said.decision
    from alerts
    left join silenced
        on alerts.alert_id = silenced.alert_id
        and silenced.choice = 1
    left join said
        on alerts.alert_id = said.alert_id

)

select * from final
