{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'window_name', 'window_end'],
    replaced_by='int_monitor__touched_windows'
) }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__touched_windows') }}
{%- set text = model_monitor.type_text() %}
{%- set key = [
    'monitor', 'log', 'role', 'model_version', 'window_name', 'window_start', 'window_end',
    'slice_name', 'slice_value', 'outcome', 'score',
] %}

with performance as (

    select performance.*
    from {{ ref('model_monitor', 'monitor_performance') }} as performance
    inner join {{ ref('model_monitor', 'int_monitor__touched_windows') }} as touched
        on performance.monitor = touched.monitor
        and performance.log = touched.log
        and performance.window_name = touched.window_name
        and performance.window_end = touched.window_end
    where performance.class in ('(binary)', '(micro)')

),

sides as (

    select
        side_names.actual,
        side_names.predicted
    from (values ('0', '0'), ('0', '1'), ('1', '0'), ('1', '1')) as side_names (actual, predicted)

),

-- classes in their configured order; an unseen class comes last
classes as (

    select
        monitor,
        score,
        class,
        row_number() over (partition by monitor, score order by class_position) - 1 as place
    from {{ ref('model_monitor', 'int_monitor__outcome_scores') }}
    where score_kind = 'multiclass'

),

of_decisions as (

    select
        {{ model_monitor.listed_columns('performance', key) }},
        sides.actual,
        sides.predicted,
        case
            when sides.actual = '1' and sides.predicted = '1' then performance.true_positives
            when sides.actual = '0' and sides.predicted = '1' then performance.false_positives
            when sides.actual = '1' then performance.false_negatives
            else performance.true_negatives
        end as row_count
    from performance
    cross join sides
    where performance.class = '(binary)'
        and performance.true_positives is not null

),

of_classes as (

    select
        {{ model_monitor.listed_columns('sums', key) }},
        coalesce(actual.class, '(unseen)') as actual,
        coalesce(predicted.class, '(unseen)') as predicted,
        windows.labelled_count as row_count
    from {{ ref('model_monitor', 'int_monitor__outcome_windows') }} as windows
    inner join {{ ref('model_monitor', 'int_monitor__score_sums') }} as sums
        on windows.window_id = sums.window_id
        and windows.series_id = sums.series_id
        and sums.class = '(micro)'
    inner join performance
        on {{ model_monitor.joined_on('sums', 'performance', key + ['class']) }}
    left join classes as actual
        on sums.monitor = actual.monitor
        and sums.score = actual.score
        and floor(windows.bin / 1000e0) = actual.place
    left join classes as predicted
        on sums.monitor = predicted.monitor
        and sums.score = predicted.score
        and mod(windows.bin, 1000) = predicted.place
    where windows.bin >= 0

),

unioned as (

    select * from of_decisions
    union all
    select * from of_classes

),

summed as (

    select
        {{ model_monitor.listed_columns('', key) }},
        actual,
        predicted,
        cast(sum(row_count) as bigint) as row_count
    from unioned
    group by {{ key | join(', ') }}, actual, predicted

),

checked as (

    select
        summed.*,
        max(
            case
                when summed.row_count > 0 and summed.row_count < monitors.min_cell then 1
                else 0
            end
        ) over (partition by {{ model_monitor.listed_columns('summed', key) }}) as few_count
    from summed
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on summed.monitor = monitors.monitor
    where {{ model_monitor.is_unprotected('summed') }}

),

final as (

    select
        {{ model_monitor.listed_columns('', key) }},
        cast(actual as {{ text }}) as actual,
        cast(predicted as {{ text }}) as predicted,
        row_count
    from checked
    where slice_name = '(all)'
        or few_count = 0

)

select * from final
