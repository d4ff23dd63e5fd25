{#- Made by tools/trust_tests.py from python/expectations: grains. -#}
{{ config(tags=['trust']) }}
with frame as (

    {{ model_monitor.trust_grains() | indent(4) }}

),

checked as (

    select
        *,
        case when copies < 1.0 or copies > 1.0 then ' keys_are_unique' else '' end
            as broken
    from frame

)

select
    table_name, row_key,
    broken
from checked
where broken <> ''
