{#
    Notices of protected slices whose reference group does not exist: nothing is compared with it.
#}
{% macro unknown_group_rows() -%}
with chosen_groups as (

    select
        chosen.monitor,
        vocabulary.log,
        chosen.slice_name,
        chosen.chosen_group,
        max(case when vocabulary.slice_value = chosen.chosen_group then 1 else 0 end) as is_known,
        min(case
            when {{ model_monitor.resembles('chosen.chosen_group', 'vocabulary.slice_value') }}
                then vocabulary.slice_value
        end) as nearest
    from {{ ref('model_monitor', 'int_monitor__protected_slices') }} as chosen
    inner join {{ ref('model_monitor', 'int_monitor__vocabulary') }} as vocabulary
        on chosen.monitor = vocabulary.monitor
        and chosen.slice_name = vocabulary.slice_name
        and vocabulary.log = 'predictions'
    where chosen.chosen_group is not null
    group by chosen.monitor, vocabulary.log, chosen.slice_name, chosen.chosen_group

)

select
    'unknown_group' as kind,
    'warn' as severity,
    monitor,
    log,
    slice_name,
    chosen_group as slice_value,
    monitor || ' › protected_slices › ' || slice_name || ' › reference: there is no group '
    || chosen_group || ', so no group is compared with it.'
    || coalesce(' Nearest: ' || nearest || '.', '') as evidence,
    'model-monitor doctor' as suggested_command
from chosen_groups
where is_known = 0
{%- endmacro %}
