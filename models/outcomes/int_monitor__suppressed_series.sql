{{ model_monitor.table_model() }}
{#- The groups of protected slices that are hidden in the touched windows of outcomes, in all
    tables of the outcome alike. A group is hidden if any day has a number based on too few
    people. Every window that is not final is hidden as well, because the rows that a run adds
    concern few people. -#}
{%- set day = ['monitor', 'log', 'period_time'] %}
{%- set place = day + ['population', 'slice_name', 'is_size'] %}
{%- set group = day + ['model_version', 'slice_name', 'slice_value', 'score', 'class'] %}
{%- set counts = ['row_count', 'labelled_count', 'scored_count', 'decided_count'] %}

with protected_slices as (

    select * from {{ ref('model_monitor', 'int_monitor__protected_slices') }}

),

window_days as (

    select
        window_id,
        monitor,
        log,
        period_time
    from {{ ref('model_monitor', 'int_monitor__window_periods') }}
    where {{ model_monitor.is_outcome_log('log') }}
        and monitor in (select monitor from protected_slices)

),

days as (

    select distinct
        window_days.monitor,
        window_days.log,
        window_days.period_time,
        coalesce(window_days.period_time + interval '1 day' <= clocks.final_through, false)
            as is_final
    from window_days
    inner join {{ ref('model_monitor', 'int_monitor__outcome_watermarks') }} as clocks
        on window_days.monitor = clocks.monitor
        and window_days.log = clocks.log

),

counted as (

    select
        bins.monitor,
        bins.log,
        bins.period_start as period_time,
        bins.model_version,
        bins.slice_name,
        bins.slice_value,
        bins.score,
        bins.class,
        bins.role,
        {{ model_monitor.is_treated('bins') }} as is_treated,
        days.is_final,
        monitors.min_cell,
        sum(bins.row_count) as row_count,
        sum(bins.labelled_count) as labelled_count,
        sum(bins.scored_count) as scored_count,
        sum(
            bins.true_positives + bins.false_positives + bins.true_negatives + bins.false_negatives
        ) as decided_count
    from {{ ref('model_monitor', 'int_monitor__outcome_bins') }} as bins
    inner join days
        on bins.monitor = days.monitor
        and bins.log = days.log
        and bins.period_start = days.period_time
    inner join protected_slices
        on bins.monitor = protected_slices.monitor
        and bins.slice_name = protected_slices.slice_name
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on bins.monitor = monitors.monitor
    inner join {{ ref('model_monitor', 'int_monitor__logs') }} as logs
        on bins.monitor = logs.monitor
        and logs.log = 'predictions'
    where bins.model_version <> '(all)'
    group by
        bins.monitor,
        bins.log,
        bins.period_start,
        bins.model_version,
        bins.slice_name,
        bins.slice_value,
        bins.score,
        bins.class,
        bins.role,
        {{ model_monitor.is_treated('bins') }},
        days.is_final,
        monitors.min_cell

),

parts as (
    {{ model_monitor.parts_of_groups('counted', group, counts, ['is_final', 'min_cell']) }}
),

-- Groups are hidden by size, because their volumes are hidden too, and by every published number.
-- Labels and decisions are published only when they are final.
sizes as (

    select
        {{ model_monitor.listed_columns('', day) }},
        case when numbers.name = 'volume' then 'true' else 'false' end as is_size,
        part_role,
        model_version,
        slice_name,
        slice_value,
        case
            when numbers.name in ('volume', 'row_count') then 'rows'
            else numbers.name || ' ' || score || ' ' || class
        end as counted,
        case numbers.name
            {%- for name in counts %}
            when '{{ name }}' then {{ name }}
            {%- endfor %}
            else row_count
        end as row_count,
        min_cell
    from parts
    cross join (
        values ('volume')
        {%- for name in counts %},
            ('{{ name }}')
        {%- endfor %}
    ) as numbers (name)
    where case
        when numbers.name = 'volume'
            then score = '(label)' and part_role not in ('treated', 'untreated')
        when numbers.name = 'row_count' then score = '(label)'
        when numbers.name = 'scored_count' then true
        else is_final
    end

),

cells as (

    select
        {{ model_monitor.listed_columns('', day) }},
        is_size,
        {{ model_monitor.population_of('part_role') }} as population,
        slice_name,
        {{ model_monitor.level_of('model_version') }} as level,
        model_version || ' ' || part_role || ' ' || counted as part,
        slice_value,
        row_count,
        case when {{ model_monitor.are_few('row_count') }} then 1 else 0 end as is_small,
        min_cell
    from sizes
    where row_count > 0

),

hidden as (

    {{ model_monitor.hidden_groups('cells', place) | indent(4) }}

),

hidden_windows as (

    select distinct
        window_days.window_id,
        hidden.population,
        hidden.slice_name,
        hidden.level,
        hidden.slice_value
    from hidden
    inner join window_days
        on {{ model_monitor.joined_on('hidden', 'window_days', day) }}

),

protected as (

    select
        sums.window_id,
        sums.series_id,
        sums.role,
        sums.model_version,
        sums.slice_name,
        sums.slice_value,
        sums.is_final
    from {{ ref('model_monitor', 'int_monitor__score_sums') }} as sums
    inner join protected_slices
        on sums.monitor = protected_slices.monitor
        and sums.slice_name = protected_slices.slice_name

),

final as (

    select
        protected.window_id,
        protected.series_id,
        max(case when hidden_windows.slice_value is not null then 1 else 0 end) = 1 as is_small
    from protected
    left join hidden_windows
        on protected.window_id = hidden_windows.window_id
        and {{ model_monitor.population_of('protected.role') }} = hidden_windows.population
        and protected.slice_name = hidden_windows.slice_name
        and protected.slice_value = hidden_windows.slice_value
        and (hidden_windows.level = '(all)' or protected.model_version <> '(all)')
    where hidden_windows.slice_value is not null
        or not protected.is_final
    group by protected.window_id, protected.series_id

)

select * from final
