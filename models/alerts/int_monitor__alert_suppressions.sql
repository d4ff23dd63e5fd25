{{ model_monitor.table_model() }}
{#- Which alert suppresses which: both concern the same subject at the same time, in slices that
    share rows. The stronger alert leads. A narrower slice must be 1.5 times as strong to lead,
    because an overall shift looks slightly different in every slice. A daily alert must be 1.5
    times as strong as an hourly one. An echo is suppressed as well: an alert whose baseline
    contains days on which another alert fired. The history of a month ends two to six weeks
    earlier and overlaps too much for its median to pass over such days, so a month that returns
    from an earlier alert is an echo of it. -#}

{%- set is_of_months = "(ranked.window_name = '30d' and ranked.baseline = 'history')" %}

with alerts as (

    select
        facts.*,
        beginnings.onset_earliest,
        beginnings.onset_latest,
        beginnings.seen_until,
        beginnings.is_sudden,
        beginnings.turn_start,
        {{ model_monitor.alert_depth('facts') }} as depth,
        {{ model_monitor.severity_rank('facts.severity') }} as severity_order
    from {{ ref('model_monitor', 'int_monitor__alert_states') }} as facts
    inner join {{ ref('model_monitor', 'int_monitor__onset_bounds') }} as beginnings
        on facts.alert_id = beginnings.alert_id

),

ranked as (

    select
        *,
        -- an hourly alert knows its onset more precisely than a daily one
        strength / power(1.5, depth) * case when window_name = 'hour' then 1.5 else 1.0 end as score
    from alerts

),

-- the baseline of each alert when it opened
compared as (

    select
        ranked.*,
        {{ is_of_months }} as is_of_months,
        case when {{ is_of_months }} then ranked.opened_at - interval '72 days'
            else drift.baseline_window_start end as baseline_window_start,
        case when {{ is_of_months }} then ranked.opened_at - interval '14 days'
            else drift.baseline_window_end end as baseline_window_end
    from ranked
    left join {{ ref('model_monitor', 'monitor_drift') }} as drift
        on ranked.monitor = drift.monitor
        and ranked.log = drift.log
        and ranked.role = drift.role
        and ranked.model_version = drift.model_version
        and ranked.window_name = drift.window_name
        and ranked.opened_at = drift.window_end
        and ranked.slice_name = drift.slice_name
        and ranked.slice_value = drift.slice_value
        and ranked.subject = drift.subject
        and ranked.baseline = drift.baseline
        and ranked.baseline in ({{ model_monitor.earlier_periods() }})

),

echoes as (

    select
        compared.alert_id,
        ranked.alert_id as inhibited_by,
        ranked.severity_order,
        ranked.score
    from compared
    inner join ranked
        on compared.monitor = ranked.monitor
        and compared.log = ranked.log
        and compared.subject = ranked.subject
        and ranked.last_seen_at < compared.opened_at - interval '1 day'
        and compared.baseline_window_start < ranked.last_seen_at
        and compared.baseline_window_end > ranked.first_window_start
    where ranked.state <> 'pending'
        and case
            when compared.is_of_months
                then ranked.metric = compared.metric
                    and (compared.first_value - compared.first_baseline_value)
                    * (ranked.first_value - ranked.first_baseline_value) < 0
            else ranked.window_name = 'day'
        end
        and {{ model_monitor.shares_place('compared', 'ranked') }}

),

simultaneous as (

    select
        lesser.alert_id,
        greater.alert_id as inhibited_by,
        greater.severity_order,
        greater.score
    from ranked as lesser
    inner join ranked as greater
        on lesser.monitor = greater.monitor
        and lesser.log = greater.log
        and lesser.subject = greater.subject
        and lesser.alert_id <> greater.alert_id
        and {{ model_monitor.are_simultaneous('lesser', 'greater') }}
        and (
            greater.severity_order > lesser.severity_order
            or (
                greater.severity_order = lesser.severity_order
                and (
                    greater.score > lesser.score
                    or (greater.score = lesser.score and greater.alert_id < lesser.alert_id)
                )
            )
        )
    -- an echo never suppresses another alert, so two alerts cannot suppress each other
    left join (select distinct alert_id from echoes) as echoing
        on greater.alert_id = echoing.alert_id
    where greater.state <> 'pending'
        and echoing.alert_id is null
        -- only an open alert can suppress an open one, and only a firing alert a firing one
        and case lesser.state
            when 'firing' then greater.state = 'firing'
            when 'pending' then greater.state in ('firing', 'stale')
            else true
        end
        and {{ model_monitor.shares_place('lesser', 'greater') }}
        -- a narrower alert suppresses a wider one only if its strength times its rows is at least
        -- half as large
        and (
            lesser.depth >= greater.depth
            or coalesce(lesser.sample_size, 0) = 0
            or greater.strength * greater.sample_size
                >= 0.5 * lesser.strength * lesser.sample_size
        )

),

pairs as (

    select
        *,
        row_number() over (
            partition by alert_id order by severity_order desc, score desc, inhibited_by asc
        ) as choice,
        max(case when is_echo then inhibited_by end) over (partition by alert_id) as echo_of
    from (
        select *, false as is_echo from simultaneous
        union all
        select *, true as is_echo from echoes
    ) as both_kinds

),

final as (

    select
        alert_id,
        inhibited_by,
        echo_of
    from pairs
    where choice = 1

)

select * from final
