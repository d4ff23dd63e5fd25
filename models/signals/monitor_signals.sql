{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'window_name', 'window_end'],
    replaced_by='int_monitor__evaluated_windows',
    post_hook="{{ model_monitor.delete_rows(this, \"window_name = 'run' and window_end < \"
        ~ model_monitor.as_of_timestamp() ~ ' and ' ~ model_monitor.is_chosen('monitor')) }}"
) }}
{#- The lateness of a log is known for the current run only; judgements record earlier lateness. -#}
{#- One id instead of nine names identifies signals that share a history, across versions. -#}
{%- set series = model_monitor.signal_keys()
    | reject('in', ['role', 'model_version', 'baseline']) | list -%}
{%- set of_earlier = [] -%}
{%- for name in series -%}
    {%- do of_earlier.append('earlier.' ~ name) -%}
{%- endfor -%}
{%- set window = ['monitor', 'log', 'window_start', 'window_end'] %}
{%- set key = ['series_number', 'baseline', 'model_version', 'window_end'] %}
{%- set outcome_families = model_monitor.word_literals(model_monitor.outcome_families()) %}
{%- set of_weekday = "case when with_effect.window_name = 'day' and past.family <> 'drift'"
    ~ " and mod(" ~ dbt.datediff('past.window_end', 'with_effect.window_end', 'day')
    ~ ", 7) = 0 then past.value end" %}
{#- A month shares most of its rows with the months that end soon before it. -#}
{%- set history_lag = "case when with_effect.window_name = '30d' then 14 else 0 end"
    ~ " * interval '1 day'" %}
{%- set seasonal_families = model_monitor.word_literals(model_monitor.seasonal_families()) %}

with windows as (

    select * from {{ ref('model_monitor', 'int_monitor__evaluated_windows') }}

),

-- all signals with the id of their series, computed once for each
fresh as (

    select
        *,
        {{ model_monitor.key_number(series) }} as series_number
    from (
        select * from {{ ref('model_monitor', 'int_monitor__drift_signals') }}
        union all
        select * from {{ ref('model_monitor', 'int_monitor__profile_signals') }}
        union all
        select * from {{ ref('model_monitor', 'int_monitor__volume_signals') }}
        union all
        select * from {{ ref('model_monitor', 'int_monitor__metric_signals') }}
        union all
        select * from {{ ref('model_monitor', 'int_monitor__outcome_signals') }}
        union all
        select * from {{ ref('model_monitor', 'int_monitor__concentration_signals') }}
        union all
        select * from {{ ref('model_monitor', 'int_monitor__fairness_signals') }}
        union all
        select * from {{ ref('model_monitor', 'int_monitor__estimate_signals') }}
        union all
        select * from {{ ref('model_monitor', 'int_monitor__concept_signals') }}
        union all
        select * from {{ ref('model_monitor', 'int_monitor__ranking_signals') }}
        union all
        select * from {{ ref('model_monitor', 'int_monitor__proxy_signals') }}
        union all
        select * from {{ ref('model_monitor', 'int_monitor__worth_signals') }}
        union all
        select * from {{ ref('model_monitor', 'int_monitor__sla_signals') }}
    ) as signals

),

{% if model_monitor.has_history() and model_monitor.backtest() is none %}
-- as far back as the history of the first of these windows
earlier as (

    select signals.*
    from {{ this }} as signals
    left join windows
        on signals.monitor = windows.monitor
        and signals.log = windows.log
        and signals.window_name = windows.window_name
        and signals.window_end = windows.window_end
    where windows.monitor is null
        and signals.window_end
        >= (select min(judged.window_end) - interval '49 days' from windows as judged)

),

{% endif %}
treated_windows as (

    {{ model_monitor.treated_windows(
        ['fresh', 'earlier'] if model_monitor.has_history() and model_monitor.backtest() is none else ['fresh']
    ) }}

),

past as (

    select
        {{ model_monitor.listed_columns('fresh', key) }},
        fresh.window_start,
        fresh.family,
        -- treated rows are no valid history
        coalesce(fresh.untreated_value, fresh.value) as value,
        treated_windows.monitor is not null and fresh.untreated_value is null as is_treated
    from fresh
    left join treated_windows
        on {{ model_monitor.joined_on('fresh', 'treated_windows', window) }}
    where {{ model_monitor.has_a_past('fresh') }}

    {% if model_monitor.has_history() and model_monitor.backtest() is none %}
    union all

    select
        {{ model_monitor.key_number(of_earlier) }} as series_number,
        earlier.baseline,
        earlier.model_version,
        earlier.window_end,
        earlier.window_start,
        earlier.family,
        coalesce(earlier.untreated_value, earlier.value) as value,
        treated_windows.monitor is not null and earlier.untreated_value is null as is_treated
    from earlier
    left join treated_windows
        on {{ model_monitor.joined_on('earlier', 'treated_windows', window) }}
    where {{ model_monitor.has_a_past('earlier') }}
    {% endif %}

),

-- only values that some rule reports need a history; distances of all versions have their own
with_effect as (

    select *
    from fresh
    where (
            family in ('quality', 'metrics', 'concentration', 'tail', 'drift', 'plugin', 'concept')
            and not (family = 'drift' and model_version = '(all)')
            and not (family in ({{ seasonal_families }}) and baseline = 'seasonal')
            and abs(value)
            - case when family in ('drift', 'tail', 'concept') then noise_floor else 0 end
                >= min_effect
        )
        -- performance is always compared with its own history
        or (family in ({{ outcome_families }}) and baseline = 'history')

),

-- Windows that follow an experiment of most of four weeks. Treated rows are their only
-- history, unless the untreated ones are measured separately. A monitor without an experiment
-- has no such windows.
long_treated as (

    select
        ends.monitor,
        ends.log,
        ends.window_start,
        ends.window_end
    from (
        select distinct
            monitor,
            log,
            window_name,
            window_start,
            window_end
        from fresh
        where monitor in (select treated_windows.monitor from treated_windows)
    ) as ends
    inner join treated_windows
        on ends.monitor = treated_windows.monitor
        and ends.log = treated_windows.log
        and treated_windows.window_end < ends.window_end
        and treated_windows.window_end >= ends.window_end - interval '28 days'
        and {{ dbt.datediff('treated_windows.window_start', 'treated_windows.window_end', 'hour') }}
        = {{ dbt.datediff('ends.window_start', 'ends.window_end', 'hour') }}
        and (
            ends.window_name <> 'hour'
            or extract(hour from treated_windows.window_start)
            = extract(hour from ends.window_start)
        )
    group by ends.monitor, ends.log, ends.window_start, ends.window_end
    having count(*) > 14

),

-- the history of the version itself, and of all versions for a new version
histories as (

    select
        {{ model_monitor.listed_columns('with_effect', key) }},
        past.model_version = with_effect.model_version as is_own,
        count(*) as history_windows,
        percentile_cont(0.5) within group (order by
            case when past.family = 'drift' then {{ model_monitor.cube_root('past.value') }}
                else past.value end
        ) as middle,
        percentile_cont(0.75) within group (order by
            case when past.family = 'drift' then {{ model_monitor.cube_root('past.value') }}
                else past.value end
        )
        - percentile_cont(0.25) within group (order by
            case when past.family = 'drift' then {{ model_monitor.cube_root('past.value') }}
                else past.value end
        ) as spread,
        -- a weekly pattern is no news after two weeks
        case when count({{ of_weekday }}) >= 2
            then percentile_cont(0.5) within group (order by {{ of_weekday }})
        end as weekday_middle
    from with_effect
    inner join past
        on with_effect.series_number = past.series_number
        and with_effect.baseline = past.baseline
        and past.window_end < with_effect.window_end - {{ history_lag }}
        and past.window_end >= with_effect.window_end - interval '28 days' - {{ history_lag }}
        and (
            with_effect.window_name <> 'hour'
            or extract(hour from past.window_start) = extract(hour from with_effect.window_start)
        )
    left join long_treated
        on {{ model_monitor.joined_on('with_effect', 'long_treated', window) }}
    where past.model_version in (with_effect.model_version, '(all)')
        and (not past.is_treated or long_treated.monitor is not null)
    group by
        {{ model_monitor.listed_columns('with_effect', key) }},
        past.model_version = with_effect.model_version

),

-- the same weekday, or hour of the week, of the four weeks before
seasons as (

    select
        {{ model_monitor.listed_columns('fresh', key) }},
        past.model_version = fresh.model_version as is_own,
        past.value,
        mod({{ dbt.datediff('past.window_end', 'fresh.window_end', 'day') }}, 7) = 0 as is_same,
        abs(past.value - a_week_before.value) as step
    from fresh
    inner join past
        on fresh.series_number = past.series_number
        and past.baseline = 'history'
        and past.window_end < fresh.window_end
        and past.window_end >= fresh.window_end - interval '28 days'
        and (
            fresh.window_name <> 'hour'
            or extract(hour from past.window_start) = extract(hour from fresh.window_start)
        )
    left join long_treated
        on {{ model_monitor.joined_on('fresh', 'long_treated', window) }}
    left join past as a_week_before
        on {{ model_monitor.joined_on(
            'past', 'a_week_before', ['series_number', 'baseline', 'model_version']
        ) }}
        and past.window_end = a_week_before.window_end + interval '7 days'
        and (not a_week_before.is_treated or long_treated.monitor is not null)
    where fresh.family in ({{ seasonal_families }})
        and fresh.baseline = 'seasonal'
        and past.model_version in (fresh.model_version, '(all)')
        and (not past.is_treated or long_treated.monitor is not null)

),

-- The spread comes from the differences between two weeks, plus the uncertainty of a median of so
-- few weeks. It is 1.349 deviations, like an interquartile range.
seasonal_histories as (

    select
        {{ model_monitor.listed_columns('', key) }},
        is_own,
        count(*) as history_windows,
        percentile_cont(0.5) within group (order by case when is_same then value end) as middle,
        1.349 / 0.6745 / sqrt(2.0) * percentile_cont(0.5) within group (order by step)
        * sqrt(1 + 1.5708 / nullif(count(case when is_same then 1 end), 0)) as spread,
        cast(null as {{ model_monitor.type_double() }}) as weekday_middle
    from seasons
    group by {{ model_monitor.listed_columns('', key) }}, is_own

),

all_histories as (

    select * from histories
    union all
    select * from seasonal_histories

),

normal_ranges as (

    select
        fresh.*,
        case when coalesce(own.history_windows, 0) >= 14 or shared.history_windows is null
            then own.history_windows else shared.history_windows end as past_windows,
        case when coalesce(own.history_windows, 0) >= 14 or shared.history_windows is null
            then own.middle else shared.middle end as middle,
        case when coalesce(own.history_windows, 0) >= 14 or shared.history_windows is null
            then own.spread else shared.spread end as spread,
        case when coalesce(own.history_windows, 0) >= 14 or shared.history_windows is null
            then own.weekday_middle else shared.weekday_middle end as weekday_middle,
        coalesce(own.history_windows, 0) as own_windows
    from fresh
    {%- for name, is_own in {'own': 'true', 'shared': 'false'}.items() %}
    left join all_histories as {{ name }}
        on {{ model_monitor.joined_on('fresh', name, key) }}
        and {{ name }}.is_own = {{ is_own }}
    {%- endfor %}

),

-- a minimum scale lets a series that has hardly ever moved deviate too
scaled as (

    select
        *,
        case
            when middle is null then null
            -- the noise is known, as 3.09 deviations
            when family in ({{ outcome_families }}, 'concept')
                then greatest(spread / 1.349, coalesce(noise_floor, 0) / 3.09, 0.01 * abs(middle))
            when family in ('drift', 'tail') then greatest(spread / 1.349, 0.02)
            -- a plugin has no known unit
            when family = 'plugin' then greatest(spread / 1.349, 0.1 * abs(middle), 1e-9)
            else greatest(
                spread / 1.349,
                -- half a point, or a tenth of a metric below 5 points
                case when family = 'metrics' and middle <> 0
                    then least(0.005, 0.1 * abs(middle)) else 0.005 end,
                sqrt(
                    coalesce(dispersion, 1.0) * greatest(middle * (1 - middle), 0.0)
                    / nullif(sample_size, 0)
                )
            )
        end as scale
    from normal_ranges

),

unusual as (

    select
        *,
        case
            when family = 'drift' then {{ model_monitor.cube_root('value') }} - middle
            when value > middle then greatest(value - greatest(middle, weekday_middle), 0.0)
            else least(value - least(middle, weekday_middle), 0.0)
        end / nullif(scale, 0) as own_z,
        -- a new version is made to score differently from the old one
        family = 'drift' and model_version <> '(all)' and subject_kind = 'score'
        and own_windows < 14 and middle is not null as is_new_score
    from scaled

),

final as (

    select
        monitor,
        log,
        role,
        model_version,
        window_name,
        window_start,
        window_end,
        slice_name,
        slice_value,
        family,
        subject,
        metric,
        baseline,
        layer,
        value,
        case
            when family not in (
                    'quality', 'metrics', 'concentration', 'plugin', {{ outcome_families }}
                )
                then baseline_value
            when past_windows is null then baseline_value
            when past_windows < 14 then coalesce(baseline_value, middle)
            else middle
        end as baseline_value,
        sample_size,
        baseline_sample_size,
        -- the noise by chance at one in a thousand: for a p95 its own history gives it
        case when family = 'tail' then greatest(noise_floor, coalesce(3.09 * scale, 0.0))
            else noise_floor end as noise_floor,
        p_value,
        q_value,
        case
            when is_new_score then null
            when family = 'drift' and own_windows >= 14 then least(z, own_z)
            when family = 'drift' then z
            else coalesce(z, own_z)
        end as z,
        coalesce(history_mean, middle) as history_mean,
        coalesce(history_scale, scale) as history_scale,
        coalesce(history_scale, spread / 1.349) as history_deviation,
        cast(case
            when is_new_score then own_windows
            else coalesce(history_windows, past_windows)
        end as integer) as history_windows,
        dispersion,
        ruler_version,
        untreated_value
    from unusual

)

select * from final
