{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'window_name', 'window_end'],
    replaced_by='int_monitor__touched_windows'
) }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__touched_windows') }}
{%- set double = model_monitor.type_double() %}
{%- set key = ['monitor', 'log', 'role', 'model_version', 'window_name', 'window_start',
    'window_end', 'slice_name', 'slice_value', 'outcome', 'score', 'is_final'] %}
{%- set counts = {
    'tp': 'true_positives', 'fp': 'false_positives', 'fn': 'false_negatives', 'tn': 'true_negatives',
} %}
{%- set kinds = model_monitor.decision_kinds() %}
{%- set moments = model_monitor.worth_moments() %}

-- where an amount depends on the row
with worths as (

    {{ model_monitor.worth_windows() | indent(4) }}

),

decided as (

    select
        {{ model_monitor.listed_columns('sums', key) }},
        {%- for count, name in counts.items() %}
        sums.{{ name }} as {{ count }},
        {%- endfor %}
        {{ model_monitor.listed_columns('costs', kinds) }},
        costs.definition is not null as is_by_row,
        case
            when costs.definition is not null then worths.valued_count
            else sums.true_positives + sums.false_positives + sums.false_negatives
                + sums.true_negatives
        end as n,
        coalesce(worths.unvalued_count, 0) as unvalued_count
        {%- for name in moments %},
        worths.{{ name }} as {{ name }}_by_row
        {%- endfor %},
        sums.matured_count,
        monitors.min_cell,
        protected_slices.monitor is null as has_parts
    from {{ ref('model_monitor', 'int_monitor__score_sums') }} as sums
    inner join {{ ref('model_monitor', 'int_monitor__costs') }} as costs
        on sums.monitor = costs.monitor
        and sums.score = costs.score
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on sums.monitor = monitors.monitor
    left join {{ ref('model_monitor', 'int_monitor__protected_slices') }} as protected_slices
        on sums.monitor = protected_slices.monitor
        and sums.slice_name = protected_slices.slice_name
    left join worths
        on sums.window_id = worths.window_id
        and sums.series_id = worths.series_id
    where sums.class = '(binary)'
        and sums.has_decision
        and (costs.definition is null or worths.window_id is not null)
        and {{ model_monitor.is_disclosable('sums') }}

),

-- for comparison: reject all, accept all, and every decision right; a gain is relative to the
-- better of the two that need no model
valued as (

    select
        {{ model_monitor.listed_columns('', key) }},
        n,
        unvalued_count,
        has_parts
        {%- for name, sql in moments.items() %},
        case
            when is_by_row then {{ name }}_by_row
            else {{ sql }}
        end as {{ name }}
        {%- endfor %}
    from decided
    where slice_name = '(all)'
        or least(matured_count, n) >= min_cell

),

compared as (

    select
        *,
        total / nullif(cost, 0) as roi,
        gain / nullif(possible_gain, 0) as gain_share
    from valued

),

final as (

    select
        {{ model_monitor.listed_columns('', key) }},
        cast(n as bigint) as decided_count,
        cast(case when has_parts then unvalued_count end as bigint) as unvalued_count,
        cast(benefit as {{ double }}) as benefit,
        cast(cost as {{ double }}) as cost,
        cast(total as {{ double }}) as value,
        cast(total / nullif(n, 0) as {{ double }}) as value_per_decision,
        cast({{ model_monitor.worth_error('total', '(benefit_squares + cost_squares)', 'n') }}
            as {{ double }}) as value_per_decision_error,
        cast(roi as {{ double }}) as roi,
        cast({{ model_monitor.roi_error() }} as {{ double }}) as roi_error,
        cast(total_of_none as {{ double }}) as value_of_none,
        cast(total_of_all as {{ double }}) as value_of_all,
        cast(total_of_perfect as {{ double }}) as value_of_perfect,
        cast(gain as {{ double }}) as gain,
        cast(gain_share as {{ double }}) as gain_share,
        cast({{ model_monitor.gain_share_error() }} as {{ double }}) as gain_share_error
    from compared

)

select * from final
