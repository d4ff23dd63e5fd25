{# The names of the measures over the bins of a comparison: groups first, then fine bins. #}
{% macro bin_distances() %}
    {{ return([
        'bin_count', 'valid_bin_count', 'psi', 'psi_valid', 'kl', 'js_distance', 'hellinger',
        'total_variation', 'l_infinity', 'chi2', 'chi2_df',
        'ks', 'ks_error_bound', 'wasserstein', 'wasserstein_error_bound',
    ]) }}
{% endmacro %}
