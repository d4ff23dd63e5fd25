{{ config(materialized='table') }}
{#- Which alert says what another one says as well: the same subject at the same time, in a slice
    that shares rows with it. The stronger speaks; a narrower one must be half as strong again, for
    a shift of the whole looks a little different in every slice. -#}

with alerts as (

    select
        *,
        -- how narrow: one for the version, one per column of the slice
        case when model_version = '(all)' then 0 else 1 end
        + case
            when slice_name = '(all)' then 0
            when strpos(slice_name, '+') > 0 then 2
            else 1
        end as depth,
        case when severity = 'critical' then 1 else 0 end as gravity,
        last_seen_at as until
    from {{ ref('model_monitor', 'int_monitor__alert_facts') }}

),

ranked as (

    select
        *,
        strength / power(1.5, depth) as score
    from alerts

),

pairs as (

    select
        lesser.alert_id,
        greater.alert_id as inhibited_by,
        row_number() over (
            partition by lesser.alert_id
            order by greater.gravity desc, greater.score desc, greater.alert_id asc
        ) as choice
    from ranked as lesser
    inner join ranked as greater
        on lesser.monitor = greater.monitor
        and lesser.log = greater.log
        and lesser.subject = greater.subject
        and lesser.alert_id <> greater.alert_id
        -- at the same time; a baseline or a longer window may notice a day later
        and lesser.opened_at <= greater.until + interval '1 day'
        and greater.opened_at <= lesser.until + interval '1 day'
        and (
            greater.gravity > lesser.gravity
            or (
                greater.gravity = lesser.gravity
                and (
                    greater.score > lesser.score
                    or (greater.score = lesser.score and greater.alert_id < lesser.alert_id)
                )
            )
        )
    where greater.state <> 'pending'
        -- what is still open is held back by what is still open
        and (
            lesser.state not in ('firing', 'pending')
            or greater.state in ('firing', 'stale')
        )
        -- two versions, or two values of one slice, have no row in common
        and (
            lesser.model_version = greater.model_version
            or lesser.model_version = '(all)'
            or greater.model_version = '(all)'
        )
        and (lesser.slice_name <> greater.slice_name or lesser.slice_value = greater.slice_value)
        -- what is wider than the one that speaks is its echo if the rows of that one weigh enough
        and (
            lesser.depth >= greater.depth
            or coalesce(lesser.sample_size, 0) = 0
            or greater.strength * greater.sample_size
                >= 0.5 * lesser.strength * lesser.sample_size
        )

),

final as (

    select
        alert_id,
        inhibited_by
    from pairs
    where choice = 1

)

select * from final
