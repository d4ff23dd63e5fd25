{#- Half of the budget goes to the least certain predictions of all. The other half goes round the
    slices, first the first of each, then the second, so small slices get their share. Sorted by
    uncertainty, least certain first. -#}
{{ model_monitor.table_model() }}
{%- set prediction = ['monitor', 'log', 'score', 'prediction_id'] %}

with labelling as (

    select * from {{ ref('model_monitor', 'int_monitor__labelling') }}

),

placed as (

    select
        candidates.*,
        labelling.budget,
        row_number() over (
            partition by candidates.monitor, candidates.slice_name, candidates.slice_value
            order by {{ model_monitor.label_order() }}
        ) as place
    from {{ ref('model_monitor', 'int_monitor__label_candidates') }} as candidates
    inner join labelling
        on {{ model_monitor.joined_on('candidates', 'labelling', ['monitor', 'log', 'score']) }}

),

-- a prediction belongs to the slice in which it ranks highest
chosen as (

    select
        *,
        row_number() over (
            partition by {{ prediction | join(', ') }}
            order by
                case when slice_name = '(all)' and 2 * place <= budget + 1 then 0 else 1 end,
                place,
                slice_name
        ) as choice
    from placed

),

ordered as (

    select
        *,
        row_number() over (
            partition by monitor
            order by
                case when slice_name = '(all)' and 2 * place <= budget + 1 then 0 else 1 end,
                place,
                {{ model_monitor.label_order() }}
        ) as turn
    from chosen
    where choice = 1

),

final as (

    select
        monitor,
        log,
        score,
        prediction_id,
        cast(row_number() over (
            partition by monitor order by {{ model_monitor.label_order() }}
        ) as integer) as rank,
        uncertainty,
        score_value,
        predicted_at,
        model_version,
        slice_name,
        slice_value
    from ordered
    where turn <= budget

)

select * from final
