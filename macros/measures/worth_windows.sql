{#
    The sums of worth_moments of monitors with `costs` in SQL: one row per touched window and series
    of the costed score: each version, all live versions together, and both without treated arms. Also
    valued_count and unvalued_count, the decisions with both amounts and the others. A window exists if the current costs
    counted each of its days, as with metrics.
#}
{% macro worth_windows() %}
with worth_bins as (

    select bins.*
    from {{ ref('model_monitor', 'int_monitor__costs') }} as costs
    inner join {{ ref('model_monitor', 'int_monitor__outcome_bins') }} as bins
        on {{ model_monitor.joined_on('costs', 'bins', ['monitor', 'score', 'definition']) }}
    where bins.class = '{{ model_monitor.worth_class() }}'

),

worth_periods as (

    {{ model_monitor.outcome_window_period_rows() | indent(4) }}

),

worth_places as (

    {{ model_monitor.counted_outcome_window_rows('worth_periods', 'worth_bins') | indent(4) }}

),

worth_series as (

    select
        worth_periods.window_id,
        case
            when parts.is_whole then worth_bins.all_series_id
            else worth_bins.series_id
        end as series_id,
        parts.is_untreated,
        worth_bins.bin,
        worth_bins.matured_count,
        worth_bins.labelled_count
        {%- for name in ['sum_y', 'sum_yy', 'sum_yy_high', 'sum_p', 'sum_pp', 'sum_pp_high'] %},
        worth_bins.{{ name }}
        {%- endfor %}
    from worth_periods
    inner join worth_bins
        on worth_periods.monitor = worth_bins.monitor
        and worth_periods.log = worth_bins.log
        and worth_periods.period_time = worth_bins.period_start
    inner join worth_places
        on worth_periods.window_id = worth_places.window_id
        and worth_bins.slice_name = worth_places.slice_name
    inner join {{ ref('model_monitor', 'int_monitor__logs') }} as logs
        on worth_bins.monitor = logs.monitor
        and logs.log = 'predictions'
    cross join (
        values (false, false), (false, true), (true, false), (true, true)
    ) as parts (is_whole, is_untreated)
    where worth_bins.model_version <> '(all)'
        and (worth_bins.role = 'live' or not (parts.is_whole or parts.is_untreated))
        and (
            not parts.is_untreated
            or (
                worth_bins.arm in ('', logs.control_arm)
                and worth_periods.window_id in (
                    select treated.window_id
                    from {{ ref('model_monitor', 'int_monitor__treated_windows') }} as treated
                )
            )
        )

),

{#- bins: 4 yes, 2 the stake is below 0, 1 the worth is below 0 #}
worth_totals as (

    select
        window_id,
        case
            when is_untreated then {{ model_monitor.untreated_series('series_id') }}
            else series_id
        end as series_id,
        cast(sum(labelled_count) as bigint) as valued_count,
        cast(sum(matured_count - labelled_count) as bigint) as unvalued_count
        {%- for name, bins in {
            'gaining': [0, 2, 4, 6], 'costing': [1, 3, 5, 7],
        }.items() %},
        {{ model_monitor._sum_of_bins('sum_y', bins) }} as {{ name }},
        {{ model_monitor._sum_of_bins('sum_yy', bins) }} as {{ name }}_squares,
        {{ model_monitor._sum_of_bins('sum_yy_high', bins) }} as {{ name }}_squares_high
        {%- endfor %}
        {%- for name, bins in {
            'yes_gained': [4, 5], 'yes_lost': [6, 7], 'no_lost': [0, 1], 'no_gained': [2, 3],
        }.items() %},
        {{ model_monitor._sum_of_bins('sum_p', bins) }} as {{ name }},
        {{ model_monitor._sum_of_bins('sum_pp', bins) }} as {{ name }}_squares,
        {{ model_monitor._sum_of_bins('sum_pp_high', bins) }} as {{ name }}_squares_high
        {%- endfor %}
    from worth_series
    group by window_id, series_id, is_untreated

)

select
    window_id,
    series_id,
    valued_count,
    unvalued_count
    {%- for name, sql in {
        'total': 'gaining + costing',
        'benefit': 'gaining',
        'cost': '-1 * costing',
        'total_of_none': 'gaining + costing - yes_gained - yes_lost',
        'total_of_all': 'gaining + costing + no_gained + no_lost',
        'total_of_perfect': 'gaining + costing + no_lost - yes_lost',
        'gain': 'least(yes_gained + yes_lost, -1 * (no_gained + no_lost))',
        'possible_gain': 'least(yes_gained + no_lost, -1 * (yes_lost + no_gained))',
    }.items() %},
    case when valued_count > 0 then {{ model_monitor.from_fixed_point('(' ~ sql ~ ')') }} end as {{ name }}
    {%- endfor %}
    {%- for name, sums in {
        'benefit_squares': 'gaining_squares', 'cost_squares': 'costing_squares',
        'yes_gained': 'yes_gained_squares', 'yes_lost': 'yes_lost_squares',
        'no_gained': 'no_gained_squares', 'no_lost': 'no_lost_squares',
    }.items() %},
    case when valued_count > 0 then {{
        model_monitor.from_fixed_point(sums, 2, sums ~ '_high')
    }} end as {{ name }}
    {%- endfor %}
from worth_totals
{% endmacro %}

{#- Σ of a sum over some of the bins; 0 where they are empty. -#}
{% macro _sum_of_bins(column, bins) -%}
coalesce(sum(case when bin in ({{ bins | join(', ') }}) then {{ column }} end), 0)
{%- endmacro %}
