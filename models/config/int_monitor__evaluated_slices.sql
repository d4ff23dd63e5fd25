{#- The reported slices, including all rows. -#}
{{ model_monitor.view_model() }}

select
    monitor,
    log,
    slice_name,
    column_count
from {{ ref('model_monitor', 'int_monitor__slices') }}
where is_published

union all

select
    monitor,
    log,
    '(all)' as slice_name,
    0 as column_count
from {{ ref('model_monitor', 'int_monitor__logs') }}
