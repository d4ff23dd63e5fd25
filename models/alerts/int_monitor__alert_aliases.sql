{#- Maps every id that an alert may ever have had to its current id. The id comes from a window in
    which the alert was in breach. When late rows show that two alerts are one, actions on either id
    apply to the alert that remains. -#}
{{ model_monitor.view_model() }}

with alerts as (

    select * from {{ ref('model_monitor', 'int_monitor__alert_states') }}

),

windows as (

    select distinct
        fingerprint,
        window_end
    from {{ ref('model_monitor', 'monitor_judgements') }}
    where outcome = 'breach'

)

select
    alerts.alert_id,
    {{ model_monitor.alert_name('windows.fingerprint', 'windows.window_end') }} as known_as
from alerts
inner join windows
    on alerts.fingerprint = windows.fingerprint
    and windows.window_end >= alerts.opened_at
    and windows.window_end <= alerts.last_seen_at
