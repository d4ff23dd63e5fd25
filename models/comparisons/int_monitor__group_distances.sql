{#- Distances over groups and special bins: one row per comparison. -#}
{{ model_monitor.table_model() }}

with comparisons as (

    select
        comparisons.comparison_id,
        comparisons.row_count,
        comparisons.baseline_row_count,
        comparisons.valid_count,
        comparisons.baseline_valid_count,
        group_counts.bin_count,
        group_counts.valid_bin_count
    from {{ ref('model_monitor', 'int_monitor__comparisons') }} as comparisons
    inner join {{ ref('model_monitor', 'int_monitor__group_counts') }} as group_counts
        on comparisons.subject_id = group_counts.subject_id
    where comparisons.is_sufficient

),

grouped as (

    {{ model_monitor.group_count_rows() | indent(4) }}

),

shares as (

    select
        grouped.comparison_id,
        grouped.bin_group,
        grouped.is_valid,
        grouped.c,
        grouped.b,
        comparisons.valid_count as n_c,
        comparisons.baseline_valid_count as n_b,
        comparisons.bin_count,
        comparisons.valid_bin_count,
        {{ model_monitor.safe_divide('grouped.c', 'comparisons.row_count') }} as p,
        {{ model_monitor.safe_divide('grouped.b', 'comparisons.baseline_row_count') }} as q,
        {{ model_monitor.safe_divide('grouped.c', 'comparisons.valid_count') }} as p_valid,
        {{ model_monitor.safe_divide('grouped.b', 'comparisons.baseline_valid_count') }} as q_valid,
        case
            when grouped.is_valid
                then least(comparisons.valid_count, comparisons.baseline_valid_count)
                    * cast(grouped.c + grouped.b as {{ model_monitor.type_double() }})
                    / nullif(comparisons.valid_count + comparisons.baseline_valid_count, 0)
        end as expected
    from grouped
    inner join comparisons
        on grouped.comparison_id = comparisons.comparison_id

),

-- chi²: bins in which either side expects fewer than five rows are merged into one
summed as (

    select
        comparison_id,
        max(n_c) as n_c,
        max(n_b) as n_b,
        {{ model_monitor.share_sum(model_monitor.psi_term('p', 'q', 'bin_count')) }} as psi,
        {{ model_monitor.share_sum(model_monitor.kl_term('p', 'q', 'bin_count')) }} as kl,
        {{ model_monitor.share_sum(
            'case when is_valid then '
            ~ model_monitor.psi_term('p_valid', 'q_valid', 'valid_bin_count')
            ~ ' end'
        ) }} as psi_valid,
        {{ model_monitor.js_distance(model_monitor.share_sum(model_monitor.jsd_term('p', 'q'))) }}
            as js_distance,
        {{ model_monitor.hellinger(model_monitor.share_sum('sqrt(p * q)')) }} as hellinger,
        {{ model_monitor.share_sum('abs(p - q)') }} / 2.0 as total_variation,
        max(abs(p - q)) as l_infinity,
        count(case when c + b > 0 then 1 end) as bin_count,
        count(case when is_valid and c + b > 0 then 1 end) as valid_bin_count,
        count(case when expected >= 5 then 1 end) as large_bin_count,
        -- in units of all rows, which chi² never exceeds
        {{ model_monitor.share_sum(
            'case when expected >= 5 then ('
            ~ model_monitor.chi2_term('c', 'b', 'n_c', 'n_b') ~ ') / (n_c + n_b) end', 18
        ) }} * max(n_c + n_b) as large_chi2,
        sum(case when expected < 5 then c else 0 end) as small_c,
        sum(case when expected < 5 then b else 0 end) as small_b,
        {{ model_monitor.min_by(
            'c', 'case when expected >= 5 then (c + b) * 10000 + bin_group end'
        ) }} as least_c,
        {{ model_monitor.min_by(
            'b', 'case when expected >= 5 then (c + b) * 10000 + bin_group end'
        ) }} as least_b
    from shares
    group by comparison_id

),

merged as (

    select
        *,
        least(n_c, n_b)
            * cast(small_c + small_b as {{ model_monitor.type_double() }})
            / nullif(n_c + n_b, 0) as small_expected
    from summed

),

final as (

    select
        comparison_id,
        psi,
        psi_valid,
        kl,
        js_distance,
        hellinger,
        total_variation,
        l_infinity,
        cast(bin_count as integer) as bin_count,
        cast(valid_bin_count as integer) as valid_bin_count,
        case
            when large_bin_count + case when small_expected >= 5 then 1 else 0 end < 2 then null
            when small_c + small_b = 0 then large_chi2
            when small_expected >= 5
                then large_chi2 + {{ model_monitor.chi2_term('small_c', 'small_b', 'n_c', 'n_b') }}
            else large_chi2
                - {{ model_monitor.chi2_term('least_c', 'least_b', 'n_c', 'n_b') }}
                + {{ model_monitor.chi2_term(
                    '(least_c + small_c)', '(least_b + small_b)', 'n_c', 'n_b'
                ) }}
        end as chi2,
        cast(nullif(greatest(
            large_bin_count + case when small_expected >= 5 then 1 else 0 end - 1, 0
        ), 0) as integer) as chi2_df
    from merged

)

select * from final
