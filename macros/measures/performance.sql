{#
    The measures of `parts` with the ends of their 95% intervals: the uncertainty by chance of
    independent rows, where the counts of both outcomes are known. `columns` are kept as they are.
#}
{% macro performance_interval_rows(parts, columns) -%}
{%- set z = model_monitor.z95() -%}
with uncertain as (

    select
        {{ parts }}.*,
        {{ model_monitor.auc_standard_error(
            'roc_auc', 'prevalence * labelled_count', '(1 - prevalence) * labelled_count'
        ) }} as roc_auc_error,
        {{ model_monitor.f1_error('found_count', 'positive_count', 'predicted_count') }}
            as f1_error,
        {{ model_monitor.mae_error('mae', 'rmse', 'nullif(labelled_count, 0)') }} as mae_error
    from {{ parts }}

)

select
    {{ model_monitor.listed_columns('', columns) }},
    {{ model_monitor.interval_end('roc_auc', 'roc_auc_error', '-') }} as roc_auc_lower,
    {{ model_monitor.interval_end('roc_auc', 'roc_auc_error', '+') }} as roc_auc_upper
    {%- for name, counts in {
        'accuracy': ['right_count', 'decided_count'],
        'precision': ['found_count', 'predicted_count'],
        'recall': ['found_count', 'positive_count'],
    }.items() %},
    {{ model_monitor.wilson_lower(counts[0], counts[1]) }} as {{ name }}_lower,
    {{ model_monitor.wilson_upper(counts[0], counts[1]) }} as {{ name }}_upper
    {%- endfor %},
    -- over all classes at once F1 is a share like the others
    case
        when class = '(micro)'
            then {{ model_monitor.wilson_lower('found_count', 'predicted_count') }}
        else {{ model_monitor.interval_end('f1', 'f1_error', '-') }}
    end as f1_lower,
    case
        when class = '(micro)'
            then {{ model_monitor.wilson_upper('found_count', 'predicted_count') }}
        else {{ model_monitor.interval_end('f1', 'f1_error', '+') }}
    end as f1_upper,
    case
        when mae < {{ z }} * mae_error then 0
        else mae - {{ z }} * mae_error
    end as mae_lower,
    mae + {{ z }} * mae_error as mae_upper
from uncertain
{%- endmacro %}

{#
    The mean of each measure over the classes of a score: rows of `bounded`, with the sizes that
    `micro` has for all classes at once. The limits of a mean are the means of the limits. They are
    wide enough however the classes correlate. `place` is the key without the class; a column in
    `cells` counts rows, so it has no mean.
#}
{% macro class_mean_rows(class, weight, place, measures, cells) -%}
{%- set averaged = ['precision', 'recall', 'f1', 'specificity', 'balanced_accuracy', 'roc_auc',
    'roc_auc_error_bound', 'pr_auc', 'brier', 'roc_auc_lower', 'roc_auc_upper',
    'precision_lower', 'precision_upper', 'recall_lower', 'recall_upper', 'f1_lower', 'f1_upper'] -%}
select
    {{ model_monitor.listed_columns('bounded', place) }},
    '({{ class }})' as class,
    micro.is_final,
    micro.matured_count,
    micro.labelled_count
    {%- for name in measures %},
    {%- if name in cells %}
    cast(null as bigint)
    {%- elif name in averaged %}
    {{ model_monitor.exact_sum('bounded.' ~ name ~ ' * ' ~ weight) }}
    / nullif({{ model_monitor.exact_sum(
        'case when bounded.' ~ name ~ ' is not null then ' ~ weight ~ ' end'
    ) }}, 0)
    {%- else %}
    cast(null as {{ model_monitor.type_double() }})
    {%- endif %} as {{ name }}
    {%- endfor %}
from bounded
inner join micro
    on {{ model_monitor.joined_on('bounded', 'micro', place) }}
where bounded.class not in ('(all)', '(micro)')
group by
    {{ model_monitor.listed_columns('bounded', place) }},
    micro.is_final,
    micro.matured_count,
    micro.labelled_count
{%- endmacro %}
