{# The names of the measures over the bins of a comparison: groups first, then fine bins. #}
{% macro bin_distances() %}
    {{ return([
        'bin_count', 'valid_bin_count', 'psi', 'psi_valid', 'kl', 'js_distance', 'hellinger',
        'total_variation', 'l_infinity', 'chi2', 'chi2_df',
        'ks', 'ks_error_bound', 'wasserstein', 'wasserstein_error_bound',
    ]) }}
{% endmacro %}

{# The counts of both sides of every comparison, by group of bins; most bins are a group of their own. #}
{% macro group_count_rows() -%}
select
    comparison_id,
    bin_group,
    is_valid,
    current_count as c,
    baseline_count as b
from {{ ref('model_monitor', 'int_monitor__aligned_bins') }}
where is_alone

union all

select
    comparison_id,
    bin_group,
    is_valid,
    cast(sum(current_count) as bigint) as c,
    cast(sum(baseline_count) as bigint) as b
from {{ ref('model_monitor', 'int_monitor__aligned_bins') }}
where not is_alone
group by comparison_id, bin_group, is_valid
{%- endmacro %}
