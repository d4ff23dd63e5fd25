{#-
    Compares two versions over the same day: every subject over all rows, with its profile under
    each version, largest difference first. Fill in the names, then run `dbt show --select
    compare_versions`, or run the query that `dbt compile` writes.
-#}
{%- set monitor = 'home_feed' %}
{%- set first_version = 'home_ranker_v12' %}
{%- set second_version = 'home_ranker_v13' %}

with profiles as (

    select * from {{ ref('model_monitor', 'monitor_profiles') }}
    where monitor = '{{ monitor }}'
        and role = 'live'
        and window_name = 'day'
        and slice_name = '(all)'
        and model_version in ('{{ first_version }}', '{{ second_version }}')

),

-- the latest day that both versions have
latest as (

    select max(window_end) as window_end
    from (
        select window_end
        from profiles
        group by window_end
        having count(distinct model_version) = 2
    ) as both_versions

),

first_profiles as (

    select profiles.*
    from profiles
    inner join latest
        on profiles.window_end = latest.window_end
    where profiles.model_version = '{{ first_version }}'

),

second_profiles as (

    select profiles.*
    from profiles
    inner join latest
        on profiles.window_end = latest.window_end
    where profiles.model_version = '{{ second_version }}'

),

final as (

    select
        first_profiles.window_start,
        first_profiles.log,
        first_profiles.subject,
        first_profiles.row_count as first_row_count,
        second_profiles.row_count as second_row_count,
        second_profiles.missing_rate - first_profiles.missing_rate as missing_rate_difference,
        first_profiles.mean as first_mean,
        second_profiles.mean as second_mean,
        {{ model_monitor.safe_divide(
            'second_profiles.mean - first_profiles.mean', 'first_profiles.stddev'
        ) }} as mean_difference_in_stddev,
        first_profiles.p50 as first_p50,
        second_profiles.p50 as second_p50,
        first_profiles.p95 as first_p95,
        second_profiles.p95 as second_p95,
        first_profiles.top_value as first_top_value,
        second_profiles.top_value as second_top_value
    from first_profiles
    inner join second_profiles
        on first_profiles.log = second_profiles.log
        and first_profiles.subject = second_profiles.subject

)

select * from final
order by abs(mean_difference_in_stddev) desc nulls last, log asc, subject asc
