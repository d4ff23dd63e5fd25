{# Smallest and largest value of every rate of each subject, and the smallest step from one
    quantile to the next, relative to their size. #}
{% macro trust_profiles() %}
{%- set rates = [
    'missing_rate', 'invalid_rate', 'out_of_range_rate', 'unseen_rate', 'zero_rate', 'stale_rate',
    'top_share', 'at_min_share', 'at_max_share', 'extreme_share',
    'low_confidence_share',
] %}
{%- set order = ['min', 'p01', 'p05', 'p25', 'p50', 'p75', 'p95', 'p99', 'max'] %}
{%- set numbers = rates + order + ['mean', 'stddev', 'entropy'] %}
with checked as (

    {{ model_monitor.checked_windows('int_monitor__touched_windows') }}

),

profiles as (

    select profiles.*
    from {{ ref('model_monitor', 'monitor_profiles') }} as profiles
    inner join checked
        on profiles.monitor = checked.monitor
        and profiles.log = checked.log
        and profiles.window_name = checked.window_name
        and profiles.window_end = checked.window_end

),

final as (

    select
        monitor,
        log,
        window_name,
        subject,
        count(*) as profile_count,
        min(row_count) as least_row_count,
        {%- for rate in rates %}
        min({{ rate }}) as least_{{ rate }},
        max({{ rate }}) as largest_{{ rate }},
        {%- endfor %}
        {%- for lower, upper in [
            ('min', 'p01'), ('p01', 'p05'), ('p05', 'p25'), ('p25', 'p50'), ('p50', 'p75'),
            ('p75', 'p95'), ('p95', 'p99'), ('p99', 'max'), ('min', 'mean'), ('mean', 'max'),
        ] %}
        min(({{ upper }} - {{ lower }}) / nullif(abs({{ upper }}) + abs({{ lower }}), 0))
            as least_step_{{ lower }}_{{ upper }},
        {%- endfor %}
        min(stddev) as least_stddev,
        min(entropy) as least_entropy,
        cast(sum({{ model_monitor.not_finite(numbers) }}) as bigint) as not_finite_count
    from profiles
    group by monitor, log, window_name, subject

)

select * from final
{% endmacro %}
