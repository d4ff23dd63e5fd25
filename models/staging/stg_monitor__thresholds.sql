{#- The decision threshold of each version, with its start and end. A prediction is evaluated
    with the threshold in force when it was made. Predictions from before the first entry use
    the first threshold. -#}
{{ model_monitor.view_model() }}
{%- set always = "cast('1970-01-01' as timestamp)" %}

with noted as (

    {{ model_monitor.policy_rows('versions', [
        ['monitor', model_monitor.type_text()],
        ['model_version', model_monitor.type_text()],
        ['threshold', model_monitor.type_double()],
        ['valid_from', 'timestamp'],
    ]) | indent(4) }}

),

known_rows as (

    select
        monitor,
        model_version,
        coalesce(valid_from, {{ always }}) as valid_from,
        max(threshold) as threshold
    from noted
    where coalesce(valid_from, {{ always }}) <= {{ model_monitor.as_of_timestamp() }}
    group by monitor, model_version, coalesce(valid_from, {{ always }})

),

beside_earlier as (

    select
        *,
        row_number() over (partition by monitor, model_version order by valid_from) as place,
        lag(threshold) over (partition by monitor, model_version order by valid_from)
            as earlier_threshold
    from known_rows

),

-- Most rows change something else: a stage, an owner. The date precedes every prediction, but is no
-- earlier than dates that Spark writes into a file.
changes as (

    select
        monitor,
        model_version,
        threshold,
        case when place = 1 then cast('1900-01-01' as timestamp) else valid_from end
            as in_force_from
    from beside_earlier
    where place = 1
        or coalesce(threshold <> earlier_threshold, true)

),

final as (

    select
        monitor,
        model_version,
        threshold,
        in_force_from,
        coalesce(
            lead(in_force_from) over (partition by monitor, model_version order by in_force_from),
            cast('9999-12-31' as timestamp)
        ) as in_force_until
    from changes

)

select * from final
