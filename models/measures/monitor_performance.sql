{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'window_name', 'window_end'],
    replaced_by='int_monitor__touched_windows'
) }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__touched_windows') }}
{%- set double = model_monitor.type_double() %}
{%- set nothing = 'cast(null as ' ~ double ~ ')' %}
{%- set key = [
    'monitor', 'log', 'role', 'model_version', 'window_name', 'window_start', 'window_end',
    'slice_name', 'slice_value', 'outcome', 'score', 'class',
] %}
{%- set sizes = ['is_final', 'matured_count', 'labelled_count'] %}
{%- set ends = [
    'roc_auc_lower', 'roc_auc_upper', 'accuracy_lower', 'accuracy_upper', 'precision_lower',
    'precision_upper', 'recall_lower', 'recall_upper', 'f1_lower', 'f1_upper', 'mae_lower',
    'mae_upper',
] %}
{%- set measures = [
    'prevalence', 'mean_score', 'accuracy', 'precision', 'recall', 'f1', 'specificity',
    'balanced_accuracy', 'mcc', 'lift', 'roc_auc', 'roc_auc_error_bound', 'pr_auc', 'log_loss',
    'brier', 'mae', 'rmse', 'mape', 'r2', 'bias',
] %}
{%- set estimated = model_monitor.estimated_measures() %}
{%- set cells = ['true_positives', 'false_positives', 'true_negatives', 'false_negatives'] %}
{%- set tallies = [
    'decided_count', 'right_count', 'predicted_count', 'positive_count', 'found_count'
] %}

with sums as (

    select
        sums.*,
        sums.true_positives as tp,
        sums.false_positives as fp,
        sums.false_negatives as fn,
        sums.true_negatives as tn
    from {{ ref('model_monitor', 'int_monitor__score_sums') }} as sums
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on sums.monitor = monitors.monitor
    where sums.class <> '(label)'
        and sums.matured_count > 0
        and (
            sums.slice_name = '(all)'
            or (
                sums.matured_count >= monitors.min_cell
                and not ({{ model_monitor.are_few('sums.labelled_count') }})
            )
        )
        and {{ model_monitor.is_disclosable('sums') }}

),

-- a probability against a binary outcome, and each class of a multiclass score against the rest
of_classes as (

    select
        {{ model_monitor.listed_columns('sums', key + sizes) }},
        sums.sum_y / sums.n as prevalence,
        sums.sum_p / sums.n as mean_score,
        -- among the rows with a decision
        {{ model_monitor.safe_divide(
            '(sums.tp + sums.tn)', '(sums.tp + sums.tn + sums.fp + sums.fn)'
        ) }} as accuracy,
        {{ model_monitor.precision('sums.tp', 'sums.fp') }} as precision,
        {{ model_monitor.recall('sums.tp', 'sums.fn') }} as recall,
        {{ model_monitor.f1('sums.tp', 'sums.fp', 'sums.fn') }} as f1,
        {{ model_monitor.recall('sums.tn', 'sums.fp') }} as specificity,
        ({{ model_monitor.recall('sums.tp', 'sums.fn') }}
        + {{ model_monitor.recall('sums.tn', 'sums.fp') }}) / 2 as balanced_accuracy,
        {{ model_monitor.mcc('sums.tp', 'sums.fp', 'sums.fn', 'sums.tn') }} as mcc,
        {{ model_monitor.lift('sums.tp', 'sums.fp', 'sums.fn', 'sums.tn') }} as lift,
        curves.roc_auc,
        curves.roc_auc_error_bound,
        case when curves.positives > 0 then curves.pr_auc end as pr_auc,
        sums.sum_loss / sums.n as log_loss,
        sums.squared_error / sums.n as brier,
        {%- for name in measures[15:] %}
        {{ nothing }} as {{ name }},
        {%- endfor %}
        case when sums.has_decision then sums.tp end as true_positives,
        case when sums.has_decision then sums.fp end as false_positives,
        case when sums.has_decision then sums.tn end as true_negatives,
        case when sums.has_decision then sums.fn end as false_negatives,
        case when sums.has_decision then sums.tp + sums.tn + sums.fp + sums.fn end as decided_count,
        case when sums.has_decision then sums.tp + sums.tn end as right_count,
        case when sums.has_decision then sums.tp + sums.fp end as predicted_count,
        case when sums.has_decision then sums.tp + sums.fn end as positive_count,
        case when sums.has_decision then sums.tp end as found_count
    from sums
    left join {{ ref('model_monitor', 'int_monitor__score_curves') }} as curves
        on sums.window_id = curves.window_id
        and sums.series_id = curves.series_id
    where sums.class not in ('(all)', '(micro)')

),

of_numbers as (

    select
        {{ model_monitor.listed_columns('sums', key + sizes) }},
        {%- for name in measures[:15] %}
        {{ 'sums.center + sums.scale * sums.sum_p / sums.n' if name == 'mean_score' else nothing }}
            as {{ name }},
        {%- endfor %}
        sums.scale * sums.sum_abs / sums.n as mae,
        sums.scale * sqrt(sums.squared_error / sums.n) as rmse,
        sums.sum_ape / nullif(sums.ape_count, 0) as mape,
        1 - sums.squared_error / nullif(sums.squares_about_mean, 0) as r2,
        sums.scale * (sums.sum_p - sums.sum_y) / sums.n as bias,
        {%- for name in cells + tallies %}
        cast(null as bigint) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from sums
    where sums.class = '(all)'

),

-- all classes at once: a prediction is right or wrong
micro as (

    select
        {{ model_monitor.listed_columns('sums', key + sizes) }},
        {%- for name in measures %}
        {%- if name in ('accuracy', 'precision', 'recall', 'f1') %}
        {{ model_monitor.safe_divide('sums.tp', 'sums.n') }}
        {%- elif name == 'log_loss' %}
        -- among the rows that have a loss
        sums.sum_loss / nullif(sums.n - sums.invalid_count, 0)
        {%- else %}
        {{ nothing }}
        {%- endif %} as {{ name }},
        {%- endfor %}
        {%- for name in cells %}
        cast(null as bigint) as {{ name }},
        {%- endfor %}
        {%- for name in tallies %}
        {{ 'sums.tp' if name in ('right_count', 'found_count') else 'sums.n' }}
            as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from sums
    where sums.class = '(micro)'

),

parts as (

    select * from of_classes
    union all
    select * from of_numbers
    union all
    select * from micro

),

bounded as (

    {{ model_monitor.performance_interval_rows('parts', key + sizes + measures + cells)
        | indent(4) }}

),

{% for class, weight in {'macro': '1', 'weighted': 'bounded.prevalence'}.items() %}
{{ class }} as (

    {{ model_monitor.class_mean_rows(class, weight, key[:-1], measures + cells + ends, cells)
        | indent(4) }}

),

{% endfor -%}
measured as (

    select * from bounded
    union all
    select * from macro
    union all
    select * from weighted

),

-- the estimates before any label arrived
estimates as (

    select
        {{ model_monitor.listed_columns('sums', key) }}
        {%- for name in estimated %},
        estimates.{{ name }} as estimated_{{ name }}
        {%- endfor %}
    from sums
    inner join {{ ref('model_monitor', 'int_monitor__estimates') }} as estimates
        on sums.window_id = estimates.window_id
        and sums.series_id = estimates.series_id

),

-- A slice publishes the counts of a score only if none of them is small, since each follows from
-- the others. Groups of people publish none: a hidden group would follow from all rows.
counted as (

    select
        measured.*,
        protected_slices.monitor is null
        and (
            measured.slice_name = '(all)'
            or max(
                {%- for name in cells %}
                case when measured.{{ name }} > 0 and measured.{{ name }} < monitors.min_cell
                    then 1 else 0 end{{ ' +' if not loop.last }}
                {%- endfor %}
            ) over (partition by {{ model_monitor.listed_columns('measured', key[:-1]) }}) = 0
        ) as has_counts
    from measured
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on measured.monitor = monitors.monitor
    left join {{ ref('model_monitor', 'int_monitor__protected_slices') }} as protected_slices
        on measured.monitor = protected_slices.monitor
        and measured.slice_name = protected_slices.slice_name

),

final as (

    select
        {{ model_monitor.listed_columns('measured', key) }},
        cast(measured.matured_count as bigint) as matured_count,
        cast(measured.labelled_count as bigint) as labelled_count,
        measured.is_final
        {%- for name in measures %},
        cast(measured.{{ name }} as {{ double }}) as {{ name }}
        {%- endfor %}
        {%- for name in cells %},
        cast(case when measured.has_counts then measured.{{ name }} end as bigint) as {{ name }}
        {%- endfor %}
        {%- for name in estimated %},
        cast(estimates.estimated_{{ name }} as {{ double }}) as estimated_{{ name }}
        {%- endfor %},
        {%- for name in ends %}
        cast(measured.{{ name }} as {{ double }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from counted as measured
    left join estimates
        on {{ model_monitor.joined_on('measured', 'estimates', key) }}

)

select * from final
