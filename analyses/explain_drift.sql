{#-
    Shows which bins moved: one subject on one day against the same weekday a week before, with each
    bin's part of the PSI. Shares are smoothed as in docs/understand/distances.md. The sum runs over
    bins, so it is slightly larger than the psi of monitor_drift, which runs over groups.
-#}
{%- set monitor = 'home_feed' %}
{%- set log = 'predictions' %}
{%- set subject = 'p_click' %}
{%- set slice_name = '(all)' %}
{%- set slice_value = '(all)' %}
{%- set day = '2026-05-20' %}

with distributions as (

    select
        bin,
        bin_kind,
        bin_label,
        row_count,
        share,
        window_start = timestamp '{{ day }}' as is_current
    from {{ ref('model_monitor', 'monitor_distributions') }}
    where monitor = '{{ monitor }}'
        and log = '{{ log }}'
        and role = 'live'
        and model_version = '(all)'
        and window_name = 'day'
        and slice_name = '{{ slice_name }}'
        and slice_value = '{{ slice_value }}'
        and subject = '{{ subject }}'
        and window_start in (timestamp '{{ day }}', timestamp '{{ day }}' - interval '7 days')

),

paired as (

    select
        bin,
        bin_kind,
        bin_label,
        coalesce(max(case when is_current then row_count end), 0) as row_count,
        coalesce(max(case when not is_current then row_count end), 0) as baseline_row_count,
        coalesce(max(case when is_current then share end), 0) as share,
        coalesce(max(case when not is_current then share end), 0) as baseline_share,
        count(*) over () as bin_count
    from distributions
    group by bin, bin_kind, bin_label

),

final as (

    select
        bin,
        bin_kind,
        bin_label,
        baseline_row_count,
        row_count,
        baseline_share,
        share,
        share - baseline_share as share_difference,
        {{ model_monitor.psi_term('share', 'baseline_share', 'bin_count') }} as psi_part
    from paired

)

select * from final
order by psi_part desc, bin asc
