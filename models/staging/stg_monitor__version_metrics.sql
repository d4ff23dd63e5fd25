{#- What each version reached on its training data, as it was known at as_of. -#}
{%- set always = "cast('1970-01-01' as timestamp)" %}

with registered as (

    {{ model_monitor.policy_rows('version_metrics', [
        ['monitor', model_monitor.type_text()],
        ['model_version', model_monitor.type_text()],
        ['metric', model_monitor.type_text()],
        ['value', model_monitor.type_double()],
        ['valid_from', 'timestamp'],
    ]) | indent(4) }}

),

known_rows as (

    select
        *,
        max(coalesce(valid_from, {{ always }})) over (partition by monitor, model_version, metric)
            as newest_from
    from registered
    where coalesce(valid_from, {{ always }}) <= {{ model_monitor.as_of_timestamp() }}

),

-- a row of the same metric with a later valid_from takes the place of the earlier one
final as (

    select
        monitor,
        model_version,
        metric,
        value,
        valid_from
    from known_rows
    where coalesce(valid_from, {{ always }}) = newest_from

)

select * from final
