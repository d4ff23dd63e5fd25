{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'window_name', 'window_end'],
    replaced_by='int_monitor__touched_windows'
) }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__touched_windows') }}
{%- set double = model_monitor.type_double() %}
{%- set z = model_monitor.z95() %}
{%- set key = [
    'monitor', 'log', 'role', 'model_version', 'window_name', 'window_start', 'window_end',
    'slice_name', 'outcome', 'score', 'reference_group', 'is_final',
] %}
{#- each rate: its numerator and its denominator #}
{%- set rates = {
    'selection_rate': ['selected', 'labelled_count'],
    'base_rate': ['positives', 'labelled_count'],
    'true_positive_rate': ['true_positives', 'positives'],
    'false_positive_rate': ['false_positives', 'negatives'],
    'predictive_value': ['true_positives', 'selected'],
} %}

with groups as (

    select * from {{ ref('model_monitor', 'int_monitor__groups') }}

),

-- a few positives are not enough for a rate
counted as (

    select
        {{ model_monitor.listed_columns('', key) }},
        slice_value,
        labelled_count
        {%- for name, parts in rates.items() %},
        case when {{ parts[1] }} >= min_cell then {{ parts[0] }} end as {{ name }}_k,
        case when {{ parts[1] }} >= min_cell then {{ parts[1] }} end as {{ name }}_n
        {%- endfor %}
    from groups

),

compared as (

    select
        {{ model_monitor.listed_columns('counted', key) }},
        counted.slice_value,
        counted.labelled_count,
        counted.slice_value <> counted.reference_group as is_compared
        {%- for name in rates %},
        counted.{{ name }}_k as {{ name }}_k1,
        counted.{{ name }}_n as {{ name }}_n1,
        reference.{{ name }}_k as {{ name }}_k2,
        reference.{{ name }}_n as {{ name }}_n2
        {%- endfor %}
    from counted
    left join counted as reference
        on {{ model_monitor.joined_on('counted', 'reference', key) }}
        and reference.slice_value = reference.reference_group

),

final as (

    select
        {{ model_monitor.listed_columns('', key[:8]) }},
        slice_value,
        outcome,
        score,
        reference_group,
        is_final,
        labelled_count
        {%- for name in rates %},
        cast({{ model_monitor.safe_divide(name ~ '_k1', name ~ '_n1') }} as {{ double }})
            as {{ name }}
        {%- endfor %}
        {%- for name in rates %}
        {%- set sides = [name ~ '_k1', name ~ '_n1', name ~ '_k2', name ~ '_n2'] %},
        cast(
            {{ model_monitor.safe_divide(*sides[:2]) }}
            - {{ model_monitor.safe_divide(*sides[2:]) }}
            as {{ double }}
        ) as {{ name }}_difference,
        cast(case when is_compared then {{ model_monitor.difference_lower(*sides) }} end
            as {{ double }}) as {{ name }}_difference_lower,
        cast(case when is_compared then {{ model_monitor.difference_upper(*sides) }} end
            as {{ double }}) as {{ name }}_difference_upper
        {%- endfor %}
        {%- set selected = [
            'selection_rate_k1', 'selection_rate_n1', 'selection_rate_k2', 'selection_rate_n2',
        ] %}
        {%- set impact -%}
        {{ model_monitor.safe_divide('selection_rate_k1', 'selection_rate_n1') }}
            / nullif({{ model_monitor.safe_divide('selection_rate_k2', 'selection_rate_n2') }}, 0)
        {%- endset %},
        cast({{ impact }} as {{ double }}) as disparate_impact
        {%- for name, sign in {'ci_lower': '-', 'ci_upper': ''}.items() %},
        cast(case when is_compared then {{ impact }}
            * exp({{ sign }}{{ z }} * {{ model_monitor.log_ratio_error(*selected) }})
        end as {{ double }}) as {{ name }}
        {%- endfor %}
    from compared

)

select * from final
