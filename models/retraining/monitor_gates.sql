{{ model_monitor.table_model() }}
{#- The requirements for a version before it replaces the serving one, and whether
    it meets them. -#}
{%- set double = model_monitor.type_double() %}
{%- set text = model_monitor.type_text() %}
{%- set shortfall = "case when gates.is_least then measures.champion_value - measures.value"
    ~ " else measures.value - measures.champion_value end" %}

with least_labels as (

    select
        monitors.monitor,
        case
            when gates.limit_value > monitors.min_rows then gates.limit_value
            else monitors.min_rows
        end as label_count
    from {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
    left join {{ ref('model_monitor', 'int_monitor__gates') }} as gates
        on monitors.monitor = gates.monitor
        and gates.gate = 'min_labelled'

),

compared as (

    select
        gates.*,
        served.champion_version,
        candidates.candidate_version,
        candidates.since as candidate_since,
        measures.role,
        measures.window_name,
        measures.window_end,
        measures.sample_size,
        measures.champion_sample_size,
        measures.is_measurable,
        measures.value,
        measures.champion_value,
        least_labels.label_count as needed_count,
        -- one-sided 5%: of two equal versions, chance puts one this far behind once in twenty cases
        {{ shortfall }} - 1.645e0 * coalesce(measures.difference_error, 0e0) as proven_shortfall
    from {{ ref('model_monitor', 'int_monitor__gates') }} as gates
    inner join least_labels
        on gates.monitor = least_labels.monitor
    left join {{ ref('model_monitor', 'int_monitor__served_versions') }} as served
        on gates.monitor = served.monitor
    left join {{ ref('model_monitor', 'int_monitor__candidates') }} as candidates
        on gates.monitor = candidates.monitor
    left join {{ ref('model_monitor', 'int_monitor__candidate_measures') }} as measures
        on candidates.monitor = measures.monitor
        and candidates.candidate_version = measures.candidate_version
        and gates.metric = measures.metric

),

evaluated as (

    select
        *,
        case
            when candidate_version is null then 'no_candidate'
            when value is null then 'not_enough_data'
            when gate = 'min_labelled' and value < limit_value then 'not_enough_data'
            when gate = 'min_labelled' then 'holds'
            when sample_size < needed_count or not is_measurable then 'not_enough_data'
            when gate <> 'not_worse' and is_least and value >= limit_value then 'holds'
            when gate <> 'not_worse' and not is_least and value <= limit_value then 'holds'
            when gate <> 'not_worse' then 'fails'
            when champion_value is null or champion_sample_size < needed_count
                then 'not_enough_data'
            when proven_shortfall <= 0 then 'holds'
            else 'fails'
        end as state
    from compared

),

final as (

    select
        monitor,
        candidate_version,
        gate,
        cast(state as {{ text }}) as state,
        metric,
        cast(value as {{ double }}) as value,
        limit_value,
        champion_version,
        cast(champion_value as {{ double }}) as champion_value,
        cast(sample_size as bigint) as labelled_count,
        cast(needed_count as bigint) as needed_count,
        candidate_since,
        role,
        window_name,
        window_end,
        cast(
            metric
            || coalesce(' ' || {{ model_monitor.shown_measure('value') }}, '')
            || case
                when gate = 'not_worse'
                    then ', ' || coalesce(champion_version, 'the serving version') || ' '
                        || coalesce({{ model_monitor.shown_measure('champion_value') }}, 'unknown')
                else case when is_least then ', at least ' else ', at most ' end
                    || {{ model_monitor.shown_measure('limit_value') }}
            end
            || case
                when state = 'no_candidate' then ': no candidate version'
                when state = 'not_enough_data' and value is null then ': no final window yet'
                when state = 'not_enough_data' then ': too few labels'
                else ': ' || state
            end
            as {{ text }}
        ) as reason
    from evaluated

)

select * from final
