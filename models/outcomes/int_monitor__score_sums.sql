{{ model_monitor.table_model() }}
{#- Each score (and the label) of the touched windows, summed over its bins: everything that does
    not depend on their order. A window exists if every day of it was counted. -#}
{%- set counts = model_monitor.outcome_counts() %}
{%- set sums = model_monitor.outcome_sums() %}
{%- set names = ['outcome', 'role', 'slice_name', 'slice_value', 'score', 'class'] %}

with window_periods as (

    {{ model_monitor.outcome_window_period_rows() | indent(4) }}

),

rulers as (

    select
        scores.monitor,
        scores.log,
        scores.score,
        scores.class,
        scores.score_kind,
        rulers.ruler_version,
        case when scores.score_kind = 'regression' then rulers.center else 0 end as center,
        case when scores.score_kind = 'regression' then rulers.scale else 1 end as scale
    from {{ ref('model_monitor', 'int_monitor__outcome_scores') }} as scores
    left join {{ ref('model_monitor', 'int_monitor__ruler_subjects') }} as rulers
        on scores.monitor = rulers.monitor
        and rulers.log = 'predictions'
        and scores.subject = rulers.subject

),

bins as (

    select * from {{ ref('model_monitor', 'int_monitor__outcome_bins') }}
    where class <> '{{ model_monitor.worth_class() }}'

),

-- the sums of a regression are in units of its ruler
across_rulers as (

    {{ model_monitor.scores_across_rulers() | indent(4) }}

),

treated as (

    select * from {{ ref('model_monitor', 'int_monitor__treated_windows') }}

),

-- one row per day, as a part of its version and of all live versions
days as (

    {%- for series, version in {'series_id': 'model_version', 'all_series_id': "'(all)'"}.items() %}
    {{ 'union all' if not loop.first }}
    select
        monitor,
        log,
        period_start,
        {{ series }} as series_id,
        {{ version }} as model_version,
        {{ model_monitor.listed_columns('', names) }}
        {%- for name in counts + sums %},
        sum({{ name }}) as {{ name }}
        {%- endfor %}
    from bins
    where model_version <> '(all)'
        {{- " and role = 'live'" if series == 'all_series_id' }}
    group by
        monitor,
        log,
        period_start,
        {{ series }},
        {{ version ~ ',' if loop.first }}
        {{ model_monitor.listed_columns('', names) }}

    union all

    select
        bins.monitor,
        bins.log,
        bins.period_start,
        {{ model_monitor.untreated_series('bins.' ~ series) }} as series_id,
        {{ 'bins.' if loop.first }}{{ version }} as model_version,
        bins.outcome,
        'untreated' as role,
        {{ model_monitor.listed_columns('bins', names[2:]) }}
        {%- for name in counts + sums %},
        sum(bins.{{ name }}) as {{ name }}
        {%- endfor %}
    from bins
    inner join {{ ref('model_monitor', 'int_monitor__logs') }} as logs
        on bins.monitor = logs.monitor
        and logs.log = 'predictions'
        and logs.control_arm is not null
        and bins.arm in ('', logs.control_arm)
    where bins.model_version <> '(all)'
        and bins.role = 'live'
    group by
        bins.monitor,
        bins.log,
        bins.period_start,
        bins.{{ series }},
        {{ 'bins.' ~ version ~ ',' if loop.first }}
        bins.outcome,
        {{ model_monitor.listed_columns('bins', names[2:]) }}
    {%- endfor %}

),

covered as (

    {{ model_monitor.counted_outcome_window_rows('window_periods', 'bins') | indent(4) }}

),

totals as (

    select
        window_periods.window_id,
        days.series_id,
        days.model_version,
        {{ model_monitor.listed_columns('days', names) }}
        {%- for name in counts + sums %},
        sum(days.{{ name }}) as {{ name }}
        {%- endfor %}
    from window_periods
    inner join days
        on window_periods.monitor = days.monitor
        and window_periods.log = days.log
        and window_periods.period_time = days.period_start
    where (
            days.role <> 'untreated'
            or window_periods.window_id in (select window_id from treated)
        )
        and (window_periods.has_slices or days.slice_name = '(all)')
        and (window_periods.has_combinations or position('+' in days.slice_name) = 0)
    group by
        window_periods.window_id,
        days.series_id,
        days.model_version,
        {{ model_monitor.listed_columns('days', names) }}

),

final as (

    select
        touched.monitor,
        touched.log,
        totals.role,
        totals.model_version,
        touched.window_name,
        touched.window_start,
        touched.window_end,
        totals.slice_name,
        totals.slice_value,
        totals.outcome,
        totals.score,
        totals.class,
        totals.window_id,
        totals.series_id,
        rulers.score_kind,
        coalesce(touched.window_end <= clocks.final_through, false) as is_final
        {%- for name in counts %},
        cast(totals.{{ name }} as bigint) as {{ name }}
        {%- endfor %},
        totals.true_positives + totals.false_positives + totals.false_negatives
        + totals.true_negatives > 0 as has_decision,
        nullif(cast(totals.labelled_count as bigint), 0) as n,
        rulers.center,
        rulers.scale,
        {%- for name in ['sum_y', 'sum_p', 'sum_abs', 'sum_ape', 'sum_loss'] %}
        {{ model_monitor.from_fixed_point('totals.' ~ name) }} as {{ name }},
        {%- endfor %}
        {{ model_monitor.from_fixed_point(
            model_monitor.squared_error('totals.sum_yy', 'totals.sum_pp', 'totals.sum_py'), 2
        ) }} as squared_error,
        {{ model_monitor.squares_about_mean(
            'totals.sum_yy', 'totals.sum_yy_high', 'totals.sum_y', 'nullif(totals.labelled_count, 0)'
        ) }} as squares_about_mean,
        -- Σp(1 − p): the variance by chance of the number of outcomes
        {{ model_monitor.from_fixed_point('totals.sum_p') }}
        - {{ model_monitor.from_fixed_point('totals.sum_pp', 2) }} as chance_variance
    from totals
    inner join covered
        on totals.window_id = covered.window_id
        and totals.slice_name = covered.slice_name
    inner join {{ ref('model_monitor', 'int_monitor__touched_windows') }} as touched
        on totals.window_id = touched.window_id
    inner join {{ ref('model_monitor', 'int_monitor__outcome_watermarks') }} as clocks
        on touched.monitor = clocks.monitor
        and touched.log = clocks.log
    left join rulers
        on touched.monitor = rulers.monitor
        and touched.log = rulers.log
        and totals.score = rulers.score
        and totals.class = rulers.class
    left join across_rulers
        on totals.window_id = across_rulers.window_id
        and totals.score = across_rulers.score
        and totals.class = across_rulers.class
    where coalesce(rulers.score_kind, '') <> 'regression'
        or across_rulers.window_id is null

)

select * from final
