{#
    The rows of `series` with the reason for which a series is not evaluated daily: the evidence
    that it has and the evidence that it needs. Each label of the rarer outcome value counts as two.
#}
{% macro coverage_reason_rows(series) -%}
{%- set half = ' / case when is_rarer_answer then 2 else 1 end' -%}
with reasoned as (

    select
        *,
        case when watch = 'too_small' then usual_evidence else evidence_of_a_day end
            as short_evidence,
        case
            when watch <> 'too_small' or counted_window = 'day' then 'a day has'
            when counted_window = '7d' then '7 days have'
            else '30 days have'
        end as short_window
    from {{ series }}

),

worded as (

    select
        *,
        cast(floor(short_evidence{{ half }}) as bigint) as shown_evidence,
        case when evidence = 'labels' then ' label' else ' independent row' end as evidence_noun,
        case when is_rarer_answer then ' of the rarer outcome value' else '' end as evidence_note
    from reasoned

)

select
    *,
    case
        when is_waiting and is_warming_up then 'no value yet: the baseline is warming up'
        when is_waiting
            then 'no value in four weeks: its values, or those of the baseline, are too few'
                || ' or all alike'
        when watch = 'day' or (watch <> 'too_small' and resolution = 'day') then null
        when watch = 'unlabelled' then 'no label has arrived'
        when watch = 'too_small' and short_evidence >= evidence_need and not has_window
            then 'no rule of this family evaluates '
                || case counted_window when 'day' then 'a day'
                    when '7d' then '7 days' else '30 days' end
        when watch = 'too_small' and short_evidence >= evidence_need
            then short_window
                || ' enough rows, but its values, or those of the baseline,'
                || ' are too few or all alike'
        when not has_counts
            or short_evidence is null
            or (short_evidence = 0 and evidence <> 'labels')
            then short_window || ' too few rows'
        else short_window
            || case
                when short_evidence = 0 then ' no'
                when shown_evidence = 0 then ' less than 1'
                else ' about ' || cast(shown_evidence as {{ model_monitor.type_text() }})
            end
            || evidence_noun
            || case when short_evidence > 0 and shown_evidence < 2 then '' else 's' end
            || evidence_note
            || '; '
            || cast(cast(
                floor(evidence_need{{ half }}) as bigint
            ) as {{ model_monitor.type_text() }})
            || ' are needed'
    end as reason
from worded
{%- endmacro %}
