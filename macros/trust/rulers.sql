{# Checks every ruler in one row: its bins are numbered without a gap, have a width, and contain
    all rows of the reference. #}
{% macro trust_rulers() %}
with rulers as (

    select
        monitor,
        log,
        subject,
        ruler_version,
        cast(sum(case when bin >= 0 then 1 else 0 end) as bigint) as bin_count,
        cast(max(bin) + 1 as bigint) as last_bin_number,
        min(upper - lower) as least_width,
        -- shares of few rows are not published and make up the rest, unless the sum exceeds 1
        case
            when count(reference_share) between 1 and count(*) - 1 and sum(reference_share) <= 1
                then 1e0
            else sum(reference_share)
        end as share_sum,
        max(case when is_active then 1 else 0 end) as is_active
    from {{ ref('model_monitor', 'monitor_rulers') }}
    group by monitor, log, subject, ruler_version

),

final as (

    select
        monitor,
        log,
        subject,
        ruler_version,
        bin_count,
        last_bin_number,
        least_width,
        share_sum,
        cast(sum(is_active) over (partition by monitor, log, subject) as bigint) as active_count
    from rulers

)

select * from final
{% endmacro %}
