{#- The active ruler of each subject: its version, and the centre and scale of its sums. -#}
{{ model_monitor.view_model() }}

with facts as (

    select
        *,
        {{ model_monitor.without_tiny('value') }} as steady_value
    from {{ ref('model_monitor', 'int_monitor__reference_facts') }}

),

by_ruler as (

    select
        monitor,
        log,
        subject,
        ruler_version,
        min(definition) as definition,
        min(frozen_as_of) as frozen_as_of,
        min(frozen_run) as frozen_run,
        min(frozen_from) as frozen_from,
        min(frozen_to) as frozen_to,
        max(case when fact = 'quantile' and name = '0.025' then steady_value end) as low,
        max(case when fact = 'quantile' and name = '0.5' then steady_value end) as center,
        max(case when fact = 'quantile' and name = '0.975' then steady_value end) as high,
        max(case when fact = 'extreme' and name = 'lowest' then steady_value end) as lowest,
        max(case when fact = 'extreme' and name = 'highest' then steady_value end) as highest,
        max(case when fact = 'type' then name end) as type_kind,
        max(case when fact = 'rows' and name = 'valid' then row_count end) as valid_row_count,
        max(case when fact = 'rows' and name = 'distinct' then row_count end) as distinct_count
    from facts
    group by monitor, log, subject, ruler_version

),

latest as (

    select
        *,
        max(ruler_version) over (partition by monitor, log, subject) as latest_version
    from by_ruler

),

-- percentiles only: a sum of doubles could differ in its last digit from one build to the next
final as (

    select
        monitor,
        log,
        subject,
        ruler_version,
        definition,
        frozen_as_of,
        frozen_run,
        frozen_from,
        frozen_to,
        coalesce(center, 0.0) as center,
        -- in_scales divides by it
        greatest(case
            -- a spread that comes from the rounding of the numbers themselves does not count
            when high - low > 1e-9 * abs(center) then (high - low) / 4.0
            when highest - lowest > 1e-9 * abs(center) then (highest - lowest) / 4.0
            when abs(center) > 0 then abs(center)
            else 1.0
        end, 1e-90) as scale,
        valid_row_count,
        distinct_count,
        type_kind
    from latest
    where ruler_version = latest_version

)

select * from final
