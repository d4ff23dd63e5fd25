{#-
    Shows where the change of a mean comes from. Each value of one slice has a mix shift (its
    share of the rows changed) and a within-segment change (its own mean changed). Both columns
    together add up to the total change. A remainder may be missing, because windows below
    `min_cell` rows are not published.
-#}
{%- set monitor = 'home_feed' %}
{%- set log = 'predictions' %}
{%- set subject = 'p_click' %}
{%- set slice = 'region' %}
{%- set day = '2026-05-20' %}
{%- set days_before = 7 %}

with profiles as (

    select
        slice_value,
        window_start,
        mean,
        row_count * (1 - missing_rate - invalid_rate) as valid_count
    from {{ ref('model_monitor', 'monitor_profiles') }}
    where monitor = '{{ monitor }}'
        and log = '{{ log }}'
        and role = 'live'
        and model_version = '(all)'
        and window_name = 'day'
        and slice_name = '{{ slice }}'
        and subject = '{{ subject }}'
        and window_start in (
            timestamp '{{ day }}',
            timestamp '{{ day }}' - interval '{{ days_before }} days'
        )

),

shares as (

    select
        slice_value,
        window_start = timestamp '{{ day }}' as is_current,
        mean,
        {{ model_monitor.safe_divide(
            'valid_count', 'sum(valid_count) over (partition by window_start)'
        ) }} as share
    from profiles

),

paired as (

    select
        slice_value,
        coalesce(max(case when is_current then share end), 0) as share,
        coalesce(max(case when not is_current then share end), 0) as baseline_share,
        max(case when is_current then mean end) as mean,
        max(case when not is_current then mean end) as baseline_mean
    from shares
    group by slice_value

),

-- a value that one side lacks has no within-segment change
completed as (

    select
        slice_value,
        share,
        baseline_share,
        coalesce(mean, baseline_mean) as mean,
        coalesce(baseline_mean, mean) as baseline_mean
    from paired

),

final as (

    select
        slice_value,
        baseline_share,
        share,
        baseline_mean,
        mean,
        (share - baseline_share) * baseline_mean as mix_effect,
        share * (mean - baseline_mean) as within_effect,
        sum(share * mean - baseline_share * baseline_mean) over () as whole_change
    from completed

)

select * from final
order by abs(mix_effect + within_effect) desc, slice_value asc
