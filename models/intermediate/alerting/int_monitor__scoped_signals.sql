{{ config(materialized='table') }}
{#- What at least one rule names, each once, with the smallest effect that any of them minds: only
    beyond that is it worth asking whether a value is unusual. -#}

select
    monitor,
    log,
    family,
    subject,
    subject_kind,
    metric,
    layer,
    baseline,
    window_name,
    min(clear_below * coalesce(warn, critical)) as least_effect,
    min(min_rows) as least_rows
from {{ ref('model_monitor', 'int_monitor__rule_scopes') }}
group by monitor, log, family, subject, subject_kind, metric, layer, baseline, window_name
