{#- Distances that need the order of the bins: KS, Wasserstein, quantiles and the tail, each with
    the error that the bins hide. -#}
{{ model_monitor.table_model() }}

with comparisons as (

    select
        comparisons.comparison_id,
        comparisons.valid_count,
        comparisons.baseline_valid_count,
        least(comparisons.value_min, comparisons.baseline_value_min) as low_end,
        greatest(comparisons.value_max, comparisons.baseline_value_max) as high_end
    from {{ ref('model_monitor', 'int_monitor__comparisons') }} as comparisons
    inner join {{ ref('model_monitor', 'int_monitor__group_counts') }} as group_counts
        on comparisons.subject_id = group_counts.subject_id
    where comparisons.is_sufficient
        and group_counts.is_ordered
        and comparisons.valid_count > 0
        and comparisons.baseline_valid_count > 0

),

-- a bin ends where the values of either side end, which gives an open tail a width
bins as (

    select
        aligned_bins.comparison_id,
        aligned_bins.bin,
        ruler_bins.bin_kind = 'point' as is_point,
        aligned_bins.current_count as c,
        aligned_bins.baseline_count as b,
        comparisons.valid_count as n_c,
        comparisons.baseline_valid_count as n_b,
        {{ model_monitor.without_tiny(
            'greatest(ruler_bins.lower_edge, comparisons.low_end)'
        ) }} as low,
        {{ model_monitor.without_tiny(
            'least(ruler_bins.upper_edge, comparisons.high_end)'
        ) }} as high,
        {{ model_monitor.without_tiny('comparisons.high_end') }}
            - {{ model_monitor.without_tiny('comparisons.low_end') }} as span
    from {{ ref('model_monitor', 'int_monitor__aligned_bins') }} as aligned_bins
    inner join comparisons
        on aligned_bins.comparison_id = comparisons.comparison_id
    inner join {{ ref('model_monitor', 'int_monitor__ruler_bins') }} as ruler_bins
        on aligned_bins.subject_id = ruler_bins.subject_id
        and aligned_bins.bin = ruler_bins.bin
    where aligned_bins.is_valid

),

-- one sort of the bins serves both the running counts and the step to the next middle
running as (

    select
        *,
        case when is_point then high else (low + high) / 2.0 end as middle,
        case when is_point then 0.0 else (high - low) / 2.0 end as half_width,
        sum(c) over bins_before as c_through,
        sum(b) over bins_before as b_through,
        lead(case when is_point then high else (low + high) / 2.0 end) over bins_in_order
            as next_middle
    from bins
    window
        bins_in_order as (
            partition by comparison_id
            order by bin
        ),
        bins_before as (
            partition by comparison_id
            order by bin
            rows between unbounded preceding and current row
        )

),

stepped as (

    select
        *,
        cast(c_through as {{ model_monitor.type_double() }}) / n_c as f_c,
        cast(b_through as {{ model_monitor.type_double() }}) / n_b as f_b,
        cast(c_through - c as {{ model_monitor.type_double() }}) / n_c as f_c_before,
        cast(b_through - b as {{ model_monitor.type_double() }}) / n_b as f_b_before
    from running

),

summed as (

    select
        comparison_id,
        max(n_c) as n_c,
        max(n_b) as n_b,
        max(abs(f_c - f_b)) as ks,
        max(
            case when not is_point
                then greatest(abs(f_c - f_b_before), abs(f_c_before - f_b))
            end
        ) as ks_inside,
        max(span) as span,
        -- in units of the span, so the number of decimals does not depend on the scale
        {{ model_monitor.share_sum(
            'abs(f_c - f_b) * ((next_middle - middle) / nullif(span, 0))', 18
        ) }} as wasserstein,
        {{ model_monitor.share_sum(
            '(half_width / nullif(span, 0)) * ((f_c - f_c_before) + (f_b - f_b_before))', 18
        ) }} as wasserstein_error_bound,
        {%- for level in [0.5, 0.95] %}
        {%- for side in ['c', 'b'] %}
        {%- set share = 'f_' ~ side %}
        {%- set here = share ~ '_before < ' ~ level ~ ' and ' ~ share ~ ' >= ' ~ level %}
        max(
            case when {{ here }}
                then case
                    when is_point then high
                    else low + (high - low) * ({{ level }} - {{ share }}_before)
                        / ({{ share }} - {{ share }}_before)
                end
            end
        ) as q{{ (level * 100) | int }}_{{ side }},
        max(case when {{ here }} then 2.0 * half_width end)
            as w{{ (level * 100) | int }}_{{ side }},
        {%- endfor %}
        {%- endfor %}
        -- the tail lies above the edge that ends the baseline's p95 bin, where both
        -- counts are exact
        max(case when f_b_before < 0.95 and f_b >= 0.95 then n_c - c_through end) as c_above,
        max(case when f_b_before < 0.95 and f_b >= 0.95 then n_b - b_through end) as b_above,
        max(
            case when f_b_before < 0.95 and f_b >= 0.95
                then (f_c - f_c_before) * case
                    when is_point then 0.0
                    else 1.0 - (0.95 - f_b_before) / (f_b - f_b_before)
                end
            end
        ) as c_inside
    from stepped
    group by comparison_id

),

final as (

    select
        comparison_id,
        ks,
        greatest(coalesce(ks_inside, ks) - ks, 0.0) as ks_error_bound,
        case when span = 0 then 0.0 else coalesce(wasserstein, 0.0) * span end as wasserstein,
        case when span = 0 then 0.0 else wasserstein_error_bound * span end
            as wasserstein_error_bound,
        q50_c,
        q50_b,
        w50_c,
        w50_b,
        q95_c,
        q95_b,
        w95_c,
        w95_b,
        {{ model_monitor.safe_divide('c_above', 'n_c') }} + c_inside as tail_share,
        cast(c_above as bigint) as c_above,
        cast(b_above as bigint) as b_above
    from summed

)

select * from final
