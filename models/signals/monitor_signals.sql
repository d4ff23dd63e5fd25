{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'window_name', 'window_end'],
    replaced_by='int_monitor__evaluated_windows',
    post_hook="{{ model_monitor.delete_rows(this, \"window_name = 'run' and window_end < \"
        ~ model_monitor.as_of_timestamp() ~ ' and ' ~ model_monitor.is_chosen('monitor')) }}"
) }}
{#- The lateness of a log is known for the current run only; judgements record earlier lateness. -#}
{%- set has_earlier = model_monitor.has_history() and model_monitor.backtest() is none %}
{%- set values = ['fresh', 'earlier'] if has_earlier else ['fresh'] %}
{%- set signal_models = [
    'int_monitor__drift_signals', 'int_monitor__profile_signals', 'int_monitor__volume_signals',
    'int_monitor__metric_signals', 'int_monitor__outcome_signals',
    'int_monitor__concentration_signals', 'int_monitor__fairness_signals',
    'int_monitor__estimate_signals', 'int_monitor__concept_signals',
    'int_monitor__ranking_signals', 'int_monitor__proxy_signals', 'int_monitor__worth_signals',
    'int_monitor__sla_signals',
] %}
{#- One id instead of nine names identifies signals that share a history, across versions. -#}
{%- set series = model_monitor.signal_keys()
    | reject('in', ['role', 'model_version', 'baseline']) | list -%}
{%- set of_earlier = [] -%}
{%- for name in series -%}
    {%- do of_earlier.append('earlier.' ~ name) -%}
{%- endfor -%}
{%- set described = [
    'monitor', 'log', 'role', 'model_version', 'window_name', 'window_start', 'window_end',
    'slice_name', 'slice_value', 'family', 'subject', 'metric', 'baseline', 'layer',
] %}
{%- set window = ['monitor', 'log', 'window_start', 'window_end'] %}
{%- set key = ['series_number', 'baseline', 'model_version', 'window_end'] %}
{%- set outcome_families = model_monitor.word_literals(model_monitor.outcome_families()) %}
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
        {%- for name in signal_models %}
        select * from {{ ref('model_monitor', name) }}
        {{- '\n        union all' if not loop.last }}
        {%- endfor %}
    ) as signals

),

{% if has_earlier %}
-- as far back as the history of the first of these windows
earlier as (

    select signals.*
    from {{ this }} as signals
    left join windows
        on {{ model_monitor.joined_on('signals', 'windows', [
            'monitor', 'log', 'window_name', 'window_end'
        ]) }}
    where windows.monitor is null
        and signals.window_end
        >= (select min(judged.window_end) - interval '49 days' from windows as judged)

),

{% endif %}
treated_windows as (

    {{ model_monitor.treated_windows(values) }}

),

metric_starts as (

    {{ model_monitor.metric_start_rows() | indent(4) }}

),

past as (

    {% for name in values %}
    select
        {{ model_monitor.key_number(of_earlier) if name == 'earlier' else 'fresh.series_number' }}
            as series_number,
        {{ model_monitor.listed_columns(name, key[1:] + ['window_start', 'family']) }},
        -- treated rows are no valid history
        coalesce({{ name }}.untreated_value, {{ name }}.value) as value,
        treated_windows.monitor is not null and {{ name }}.untreated_value is null as is_treated
    from {{ name }}
    left join treated_windows
        on {{ model_monitor.joined_on(name, 'treated_windows', window) }}
    left join metric_starts
        on {{ name }}.monitor = metric_starts.monitor
        and {{ name }}.log = metric_starts.log
        and {{ name }}.subject = metric_starts.metric
        and {{ name }}.family = 'metrics'
    where {{ model_monitor.has_a_past(name) }}
        and {{ model_monitor.is_since_start(name, 'metric_starts') }}
    {{- '\n    union all' if not loop.last }}
    {% endfor %}

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

long_treated as (

    {{ model_monitor.long_treated_rows('fresh') | indent(4) }}

),

histories as (

    {{ model_monitor.recent_history_rows('with_effect', 'past', key) | indent(4) }}

),

seasonal_histories as (

    {{ model_monitor.seasonal_history_rows('fresh', 'past', key) | indent(4) }}

),

all_histories as (

    select * from histories
    union all
    select * from seasonal_histories

),

normal_ranges as (

    select
        fresh.*,
        {%- for name in ['history_windows', 'middle', 'spread', 'weekday_middle'] %}
        case when coalesce(own.history_windows, 0) >= 14 or shared.history_windows is null
            then own.{{ name }} else shared.{{ name }} end
            as {{ 'past_windows' if name == 'history_windows' else name }},
        {%- endfor %}
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
        {{ model_monitor.listed_columns('', described) }},
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
