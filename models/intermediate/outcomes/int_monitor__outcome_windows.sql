{{ config(materialized='table') }}
{#- The outcomes of each touched window: sums of days, each version and all live versions together. A
    window is there if every day of it was counted. What was binned by an older ruler is left out. -#}
{%- set sums = model_monitor.outcome_counts() + model_monitor.outcome_sums() %}

with window_periods as (

    select
        window_periods.*,
        count(*) over (partition by window_id) as period_count
    from {{ ref('model_monitor', 'int_monitor__window_periods') }} as window_periods
    where {{ model_monitor.is_outcome_log('log') }}

),

bins as (

    select bins.*
    from {{ ref('model_monitor', 'int_monitor__outcome_bins') }} as bins
    left join {{ ref('model_monitor', 'int_monitor__outcome_scores') }} as scores
        on bins.monitor = scores.monitor
        and bins.log = scores.log
        and bins.score = scores.score
        and bins.class = scores.class
    left join {{ ref('model_monitor', 'int_monitor__ruler_subjects') }} as rulers
        on scores.monitor = rulers.monitor
        and rulers.log = 'predictions'
        and scores.subject = rulers.subject
    where bins.ruler_version is null
        or bins.ruler_version = rulers.ruler_version

),

by_version as (

    select
        window_periods.window_id,
        bins.outcome,
        bins.role,
        bins.model_version,
        bins.slice_name,
        bins.slice_value,
        bins.score,
        bins.class,
        bins.bin
        {%- for name in sums %},
        sum(bins.{{ name }}) as {{ name }}
        {%- endfor %}
    from window_periods
    inner join bins
        on window_periods.monitor = bins.monitor
        and window_periods.log = bins.log
        and window_periods.period_time = bins.period_start
    where bins.model_version <> '(all)'
        and (window_periods.has_slices or bins.slice_name = '(all)')
        and (window_periods.has_combinations or position('+' in bins.slice_name) = 0)
    group by
        window_periods.window_id,
        bins.outcome,
        bins.role,
        bins.model_version,
        bins.slice_name,
        bins.slice_value,
        bins.score,
        bins.class,
        bins.bin

),

covered as (

    select
        window_periods.window_id,
        bins.slice_name
    from window_periods
    inner join bins
        on window_periods.monitor = bins.monitor
        and window_periods.log = bins.log
        and window_periods.period_time = bins.period_start
    where bins.model_version = '(all)'
    group by window_periods.window_id, bins.slice_name
    having count(*) = max(window_periods.period_count)

),

counts as (

    select
        window_id,
        outcome,
        role,
        model_version,
        slice_name,
        slice_value,
        score,
        class,
        bin
        {%- for name in sums %},
        {{ name }}
        {%- endfor %}
    from by_version

    union all

    select
        window_id,
        outcome,
        role,
        '(all)' as model_version,
        slice_name,
        slice_value,
        score,
        class,
        bin
        {%- for name in sums %},
        sum({{ name }}) as {{ name }}
        {%- endfor %}
    from by_version
    where role = 'live'
    group by window_id, outcome, role, slice_name, slice_value, score, class, bin

),

final as (

    select
        touched.monitor,
        touched.log,
        counts.outcome,
        counts.role,
        counts.model_version,
        touched.window_name,
        touched.window_start,
        touched.window_end,
        counts.slice_name,
        counts.slice_value,
        counts.score,
        counts.class,
        {{ model_monitor.key_number([
            'counts.window_id', 'counts.role', 'counts.model_version', 'counts.slice_name',
            'counts.slice_value', 'counts.score', 'counts.class',
        ]) }} as cell_id,
        counts.bin,
        coalesce(touched.window_end <= clocks.final_through, false) as is_final
        {%- for name in model_monitor.outcome_counts() %},
        cast(counts.{{ name }} as bigint) as {{ name }}
        {%- endfor %}
        {%- for name in model_monitor.outcome_sums() %},
        cast(counts.{{ name }} as decimal(38, 0)) as {{ name }}
        {%- endfor %}
    from counts
    inner join covered
        on counts.window_id = covered.window_id
        and counts.slice_name = covered.slice_name
    inner join {{ ref('model_monitor', 'int_monitor__touched_windows') }} as touched
        on counts.window_id = touched.window_id
    inner join {{ ref('model_monitor', 'int_monitor__outcome_clocks') }} as clocks
        on touched.monitor = clocks.monitor
        and touched.log = clocks.log

)

select * from final
