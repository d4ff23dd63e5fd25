{#- A model of the shop's on a result of the package. -#}
select
    subject,
    window_end,
    psi
from {{ ref('model_monitor', 'monitor_drift') }}
where status = 'drifted'
