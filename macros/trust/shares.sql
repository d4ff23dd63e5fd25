{# The distributions whose shares are furthest from 1 in total, or whose rows differ
    from the profile. #}
{% macro trust_shares() %}
with checked as (

    {{ model_monitor.checked_windows('int_monitor__touched_windows') }}

),

distributions as (

    select
        bins.monitor,
        bins.log,
        bins.role,
        bins.model_version,
        bins.window_name,
        bins.window_end,
        bins.slice_name,
        bins.slice_value,
        bins.subject,
        -- null where a bin has rows and no share
        case
            when count(bins.share) >= count(bins.row_count) then coalesce(sum(bins.share), 0e0)
        end as share_sum,
        min(bins.share) as least_share,
        cast(coalesce(sum(bins.row_count), 0) as bigint) as row_count,
        count(*) - count(bins.row_count) as hidden_count
    from {{ ref('model_monitor', 'monitor_distributions') }} as bins
    inner join checked
        on bins.monitor = checked.monitor
        and bins.log = checked.log
        and bins.window_name = checked.window_name
        and bins.window_end = checked.window_end
    where bins.window_end >= {{ model_monitor.first_checked_end('int_monitor__touched_windows') }}
    group by
        bins.monitor,
        bins.log,
        bins.role,
        bins.model_version,
        bins.window_name,
        bins.window_end,
        bins.slice_name,
        bins.slice_value,
        bins.subject

),

compared as (

    select
        {{ model_monitor.listed_columns('distributions', [
            'monitor', 'log', 'role', 'model_version', 'window_name', 'window_end', 'slice_name',
            'slice_value', 'subject', 'least_share',
        ]) }},
        profiles.row_count as profile_row_count,
        -- a bin without a number cannot be checked: it may hold any rest
        case
            when distributions.hidden_count > 0 and distributions.row_count < profiles.row_count
                then profiles.row_count
            else distributions.row_count
        end as row_count,
        case
            when distributions.hidden_count > 0 and distributions.share_sum between 0e0 and 1e0
                then 1e0
            else distributions.share_sum
        end as share_sum
    from distributions
    left join {{ ref('model_monitor', 'monitor_profiles') }} as profiles
        on distributions.monitor = profiles.monitor
        and distributions.log = profiles.log
        and distributions.role = profiles.role
        and distributions.model_version = profiles.model_version
        and distributions.window_name = profiles.window_name
        and distributions.window_end = profiles.window_end
        and distributions.slice_name = profiles.slice_name
        and distributions.slice_value = profiles.slice_value
        and distributions.subject = profiles.subject

),

odd as (

    select
        *,
        greatest(
            abs(share_sum - 1e0), abs(row_count - profile_row_count), -coalesce(least_share, 0e0)
        ) as oddness
    from compared

),

final as (

    select
        monitor,
        log,
        role,
        model_version,
        window_name,
        window_end,
        slice_name,
        slice_value,
        subject,
        share_sum,
        least_share,
        row_count,
        profile_row_count
    from odd
    order by
        case when profile_row_count is null or share_sum is null then 0 else 1 end,
        oddness desc
    limit 1000

)

select * from final
{% endmacro %}
