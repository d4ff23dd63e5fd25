{{ model_monitor.table_model() }}
{%- set nothing = 'cast(null as ' ~ model_monitor.type_double() ~ ')' %}
{#- The outcomes expected from the scores of the touched windows, whether labels are known or not:
    positives and negatives of each bin as shares of its rows, in millionths of a row. -#}

with bins as (

    select
        windows.window_id,
        windows.series_id,
        windows.bin,
        windows.scored_count,
        windows.decided_count,
        windows.predicted_count,
        {{ model_monitor.expected_rate(
            'maps.event_count',
            'maps.row_count',
            model_monitor.from_fixed_point('windows.sum_scored') ~ ' / windows.scored_count'
        ) }} as rate
    from {{ ref('model_monitor', 'int_monitor__outcome_windows') }} as windows
    inner join {{ ref('model_monitor', 'int_monitor__score_sums') }} as sums
        on windows.window_id = sums.window_id
        and windows.series_id = sums.series_id
    inner join {{ ref('model_monitor', 'int_monitor__outcome_scores') }} as scores
        on {{ model_monitor.joined_on('sums', 'scores', ['monitor', 'log', 'score', 'class']) }}
    left join {{ ref('model_monitor', 'int_monitor__ruler_subjects') }} as rulers
        on scores.monitor = rulers.monitor
        and rulers.log = 'predictions'
        and scores.subject = rulers.subject
    left join {{ ref('model_monitor', 'int_monitor__calibration_maps') }} as maps
        on sums.monitor = maps.monitor
        and sums.log = maps.log
        and sums.score = maps.score
        and sums.class = coalesce(maps.class, '(binary)')
        and rulers.ruler_version = maps.ruler_version
        and windows.bin = maps.bin
    where sums.class not in ('(label)', '(all)', '(micro)')
        and windows.bin >= 0
        and windows.scored_count > 0

),

expected as (

    select
        *,
        {%- for name, count in {
            'positives': 'scored_count', 'decided_positives': 'decided_count',
            'said_positives': 'predicted_count',
        }.items() %}
        cast(floor({{ count }} * rate * 1e6 + 0.5) as bigint) as {{ name }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from bins

),

totals as (

    select
        *,
        scored_count * 1000000 - positives as negatives,
        sum(scored_count * 1000000 - positives) over (
            partition by window_id, series_id order by bin
            rows between unbounded preceding and current row
        ) - (scored_count * 1000000 - positives) as negatives_below
    from expected

),

summed as (

    select
        window_id,
        series_id,
        sum(scored_count) as scored_count,
        -- a double: DuckDB 2.0.0 takes a whole number for 0 if the map is empty
        sum(cast(decided_count as {{ model_monitor.type_double() }})) as decided_count,
        sum(positives) as positives,
        sum(negatives) as negatives,
        sum(said_positives) as tp,
        sum(predicted_count * 1000000 - said_positives) as fp,
        sum(decided_positives - said_positives) as fn,
        sum((decided_count - predicted_count) * 1000000 - (decided_positives - said_positives))
            as tn,
        sum(cast(positives as decimal(38, 0)) * (2 * negatives_below + negatives)) as pairs,
        -- the variance by chance of the number of correct predictions
        {{ model_monitor.exact_sum('decided_count * rate * (1e0 - rate)') }} as chance_variance
    from totals
    group by window_id, series_id

),

-- all classes at once: the expected number of correct predictions
correct as (

    select
        micro.window_id,
        micro.series_id,
        sum(summed.tp) as tp,
        sum(summed.fp) as fp,
        max(summed.scored_count) as scored_count
    from summed
    inner join {{ ref('model_monitor', 'int_monitor__score_sums') }} as sums
        on summed.window_id = sums.window_id
        and summed.series_id = sums.series_id
    inner join {{ ref('model_monitor', 'int_monitor__score_sums') }} as micro
        on sums.window_id = micro.window_id
        and {{ model_monitor.joined_on('sums', 'micro', [
            'log', 'role', 'model_version', 'slice_name', 'slice_value', 'score'
        ]) }}
        and micro.class = '(micro)'
    group by micro.window_id, micro.series_id

),

measured as (

    select
        window_id,
        series_id,
        scored_count as prediction_count,
        positives / (1e6 * scored_count) as prevalence,
        {{ model_monitor.safe_divide(
            'pairs', '(2 * cast(positives as decimal(38, 0)) * negatives)'
        ) }} as roc_auc,
        case when decided_count > 0 then {{ model_monitor.safe_divide(
            '(tp + tn)', '(tp + fp + fn + tn)'
        ) }} end as accuracy,
        {{ model_monitor.precision('tp', 'fp') }} as precision,
        case when decided_count > 0 then {{ model_monitor.recall('tp', 'fn') }} end as recall,
        case when decided_count > 0 then {{ model_monitor.f1('tp', 'fp', 'fn') }} end as f1,
        case when decided_count > 0
            then sqrt(greatest(chance_variance, 0e0)) / decided_count end as accuracy_error
    from summed

    union all

    select
        window_id,
        series_id,
        scored_count as prediction_count,
        {%- for name in model_monitor.estimated_metrics() %}
        {{ model_monitor.safe_divide('tp', '(tp + fp)') if name == 'accuracy' else nothing }}
            as {{ name }},
        {%- endfor %}
        {{ nothing }} as accuracy_error
    from correct

),

final as (

    select
        window_id,
        series_id,
        cast(prediction_count as bigint) as prediction_count,
        {%- for name in model_monitor.estimated_metrics() %}
        cast(measured.{{ name }} as {{ model_monitor.type_double() }}) as {{ name }},
        {%- endfor %}
        cast(accuracy_error as {{ model_monitor.type_double() }}) as accuracy_error
    from measured

)

select * from final
