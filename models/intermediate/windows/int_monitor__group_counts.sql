{#- How many bins each subject's ruler has once grouped: B of the smoothed shares. -#}
{{ config(materialized='table') }}

select
    monitor,
    log,
    subject,
    count(distinct bin_group) as bin_count,
    count(distinct case when is_valid then bin_group end) as valid_bin_count
from {{ ref('model_monitor', 'int_monitor__ruler_bins') }}
group by monitor, log, subject
