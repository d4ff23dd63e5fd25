{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'window_name', 'window_end'],
    replaced_by='int_monitor__touched_windows'
) }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__touched_windows') }}
{%- set double = model_monitor.type_double() %}
{%- set key = ['monitor', 'log', 'role', 'model_version', 'window_name', 'window_start',
    'window_end', 'slice_name', 'slice_value', 'outcome', 'score', 'is_final'] %}
{%- set worths = {
    'tp': 'true_positive', 'fp': 'false_positive', 'fn': 'false_negative', 'tn': 'true_negative',
} %}
{#- the contribution of one decision of each kind to the ratio #}
{%- set roi_parts = {} %}
{%- set share_parts = {} %}
{%- for count, worth in worths.items() %}
    {%- do roi_parts.update({
        count: '(' ~ worth ~ ' - roi * greatest(-1 * ' ~ worth ~ ', 0))',
    }) %}
    {%- set pair = ['true_positive', 'false_negative'] if count in ['tp', 'fn']
        else ['true_negative', 'false_positive'] %}
    {%- set idle = 'of_positives' if count in ['tp', 'fn'] else 'of_negatives' %}
    {%- do share_parts.update({
        count: '(' ~ worth ~ ' - ' ~ idle ~ ' - gain / nullif(possible_gain, 0) * (greatest('
            ~ pair | join(', ') ~ ') - ' ~ idle ~ '))',
    }) %}
{%- endfor %}

with decided as (

    select
        {{ model_monitor.listed_columns('sums', key) }},
        sums.true_positives as tp,
        sums.false_positives as fp,
        sums.false_negatives as fn,
        sums.true_negatives as tn,
        sums.true_positives + sums.false_positives + sums.false_negatives + sums.true_negatives
            as n,
        costs.true_positive,
        costs.false_positive,
        costs.false_negative,
        costs.true_negative
    from {{ ref('model_monitor', 'int_monitor__score_sums') }} as sums
    inner join {{ ref('model_monitor', 'int_monitor__costs') }} as costs
        on sums.monitor = costs.monitor
        and sums.score = costs.score
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on sums.monitor = monitors.monitor
    where sums.class = '(binary)'
        and sums.has_decision
        and (
            sums.slice_name = '(all)'
            or least(
                sums.matured_count,
                sums.true_positives + sums.false_positives + sums.true_negatives
                + sums.false_negatives
            ) >= monitors.min_cell
        )
        and {{ model_monitor.is_disclosable('sums') }}

),

-- for comparison: reject all, accept all, and every decision right
valued as (

    select
        *,
        {{ model_monitor.worth_sum(worths) }} as total,
        {{ model_monitor.worth_sum(worths, 1) }} as benefit,
        {{ model_monitor.worth_sum(worths, -1) }} as cost,
        {{ model_monitor.worth_error(worths, 'n') }} as mean_error,
        {{ model_monitor.worth_sum({'(tp + fn)': 'false_negative', '(fp + tn)': 'true_negative'}) }}
            as total_of_none,
        {{ model_monitor.worth_sum({'(tp + fn)': 'true_positive', '(fp + tn)': 'false_positive'}) }}
            as total_of_all,
        {{ model_monitor.worth_sum({
            '(tp + fn)': 'greatest(true_positive, false_negative)',
            '(fp + tn)': 'greatest(true_negative, false_positive)',
        }) }} as total_of_perfect
    from decided

),

-- relative to the better of the two that need no model
compared as (

    select
        *,
        total / nullif(cost, 0) as roi,
        total - greatest(total_of_none, total_of_all) as gain,
        total_of_perfect - greatest(total_of_none, total_of_all) as possible_gain,
        case when total_of_all > total_of_none then true_positive else false_negative end
            as of_positives,
        case when total_of_all > total_of_none then false_positive else true_negative end
            as of_negatives
    from valued

),

final as (

    select
        {{ model_monitor.listed_columns('', key) }},
        cast(n as bigint) as decided_count,
        cast(benefit as {{ double }}) as benefit,
        cast(cost as {{ double }}) as cost,
        cast(total as {{ double }}) as value,
        cast(total / n as {{ double }}) as value_per_decision,
        cast(mean_error as {{ double }}) as value_per_decision_error,
        cast(roi as {{ double }}) as roi,
        cast({{ model_monitor.worth_ratio_error(roi_parts, 'cost') }} as {{ double }})
            as roi_error,
        cast(total_of_none as {{ double }}) as value_of_none,
        cast(total_of_all as {{ double }}) as value_of_all,
        cast(total_of_perfect as {{ double }}) as value_of_perfect,
        cast(gain as {{ double }}) as gain,
        cast(gain / nullif(possible_gain, 0) as {{ double }}) as gain_share,
        cast({{ model_monitor.worth_ratio_error(share_parts, 'possible_gain') }} as {{ double }})
            as gain_share_error
    from compared

)

select * from final
