{#- The number of grouped bins in each subject's ruler (B of the smoothed shares), and whether they
    have an order. -#}
{{ model_monitor.table_model() }}

select
    monitor,
    log,
    subject,
    subject_id,
    count(distinct bin_group) as bin_count,
    count(distinct case when is_valid then bin_group end) as valid_bin_count,
    max(upper_edge) is not null as is_ordered
from {{ ref('model_monitor', 'int_monitor__ruler_bins') }}
group by monitor, log, subject, subject_id
