{#
    The rows of a relation, each with the smallest change that an alert finds in four of five cases
    (`detectable_change`). A verdict subtracts the noise of the value that it sees, and the value may
    come out lower: 0.84 deviations more, and four of five pass. The noise is that of the changed
    value: a missing rate of 15% varies more than one of 1%. So the change is found in steps, each
    with the noise of the one before.
#}
{% macro detectable_change_rows(relation, steps=4) -%}
with measured as (

    select
        *,
        {{ model_monitor._psi_unit() }} as psi_unit
    from {{ relation }}

),

changed_0 as {{ model_monitor.materialized() }} (

    select
        *,
        {{ model_monitor._psi_usual() }} as psi_usual,
        threshold as change_0
    from measured

){% for step in range(1, steps + 1) %},

changed_{{ step }} as {{ model_monitor.materialized() }} (

    select
        *,
        {{ model_monitor._next_detectable_change('change_' ~ (step - 1)) }} as change_{{ step }}
    from changed_{{ step - 1 }}

){% endfor %}

select
    *,
    change_{{ steps }} as detectable_change
from changed_{{ steps }}
{%- endmacro %}

{% macro _next_detectable_change(change) %}
    {%- set after = '(unchanged + way * ' ~ change ~ ')' -%}
    {%- set beyond = 'noise_floor * (1 + 0.84e0 / deviations)' -%}
    {%- set is_inside = 'value > 0 and value < 1 and ' ~ after ~ ' > 0 and ' ~ after ~ ' < 1' -%}
case
            when metric = 'psi'
                then threshold + noise_floor - psi_usual
                    + 0.84e0 * sqrt(psi_unit * (2 * psi_usual + 4 * {{ change }}))
            when kind = 'drift' then threshold + noise_floor
            -- a ratio that is twice as large varies twice as much
            when metric in ({{ model_monitor.word_literals(model_monitor.metrics_with('noise', 'ratio')) }})
                then (threshold + {{ beyond }}) / greatest(1 - {{ beyond }}, 0.1e0)
            when family = 'quality'
                then threshold + (3.09e0 + 0.84e0) * sqrt(
                    coalesce(dispersion, 1e0)
                    * greatest({{ after }} * (1 - {{ after }}), 0e0) / sample_size
                )
            else threshold + {{ beyond }} * case
                when metric in ({{ model_monitor.word_literals(model_monitor.metrics_with('noise', 'share')) }})
                    and {{ is_inside }}
                    then sqrt({{ after }} * (1 - {{ after }}) / (value * (1 - value)))
                when metric in ({{ model_monitor.word_literals(model_monitor.metrics_with('noise', 'area')) }})
                    and {{ is_inside }}
                    then sqrt(
                        {{ model_monitor.auc_spread(after) | trim }}
                        / {{ model_monitor.auc_spread('value') | trim }}
                    )
                when metric in ({{ model_monitor.word_literals(model_monitor.metrics_with('noise', 'amount')) }})
                    and value > 0 and {{ after }} > 0
                    then {{ after }} / value
                else 1
            end
        end
{%- endmacro %}

{#
    What the PSI of independent rows is on average without a change, per degree of freedom (`psi_unit`)
    and in all (`psi_usual`). The degrees are those whose 99.9% point of chi² the noise limit is
    (Fisher: √(2χ²) − √(2df − 1) is normal).
#}
{% macro _psi_unit() -%}
coalesce(dispersion, 1e0)
        * (1e0 / nullif(sample_size, 0) + 1e0 / nullif(baseline_sample_size, 0))
{%- endmacro %}

{% macro _psi_usual() -%}
psi_unit * (power(greatest(sqrt(2 * noise_floor / nullif(psi_unit, 0)) - 3.09e0, 0), 2) + 1) / 2
{%- endmacro %}

{#
    The smallest change that the rules of each series, family and length of windows would find now,
    in one metric: the best known of those that have such a change. `cell` is the key of a series
    and family; `scopes` holds the rules.
#}
{% macro detected_metric_rows(cell) -%}
{%- set outcome_families = model_monitor.word_literals(model_monitor.outcome_families()) -%}
with signal_ends as (

    select
        monitor,
        log,
        family,
        window_name,
        max(window_end) as window_end
    from {{ ref('model_monitor', 'monitor_signals') }}
    where window_name in ({{ model_monitor.word_literals(model_monitor.ruled_windows()) }})
    group by monitor, log, family, window_name

),

-- the latest value of the last eight windows
signals as (

    select
        signals.*,
        row_number() over (
            partition by {{ model_monitor.listed_columns('signals', model_monitor.signal_keys()) }}
            order by signals.window_end desc
        ) as age
    from {{ ref('model_monitor', 'monitor_signals') }} as signals
    inner join signal_ends
        on {{ model_monitor.joined_on(
            'signals', 'signal_ends', ['monitor', 'log', 'family', 'window_name']
        ) }}
        and signals.window_end > signal_ends.window_end - interval '8 days'
    where signals.role = 'live'

),

-- each rule with what its value would be without a change, and the way in which it may change
asked as (

    select
        {{ model_monitor.listed_columns('signals', cell) }},
        signals.window_name,
        signals.metric,
        signals.value,
        signals.noise_floor,
        signals.sample_size,
        signals.baseline_sample_size,
        signals.dispersion,
        scopes.kind,
        coalesce(scopes.warn, scopes.critical)
        * case when scopes.kind = 'relative' then abs(signals.baseline_value) else 1 end
            as threshold,
        case when scopes.kind in ('static', 'tail') then 0e0
            else coalesce(signals.baseline_value, 0e0) end as unchanged,
        case when scopes.direction = 'below' then -1 else 1 end as way,
        case
            when signals.family in ({{ outcome_families }})
                then {{ model_monitor.deviations_of_chance('signals') | trim }}
            else 3.09e0
        end as deviations
    from signals
    inner join scopes
        on {{ model_monitor.joined_on('signals', 'scopes', [
            'monitor', 'log', 'family', 'subject', 'metric', 'baseline', 'window_name'
        ]) }}
        and {{ model_monitor.fits_scope('signals', 'scopes') }}
    where signals.age = 1
        and scopes.kind in ('drift', 'delta', 'static', 'tail', 'relative')

),

changed as (

    {{ model_monitor.detectable_change_rows('asked') | indent(4) }}

),

detected as (

    select
        {{ cell | join(', ') }},
        window_name,
        metric,
        min(detectable_change) as detectable_change
    from changed
    group by {{ cell | join(', ') }}, window_name, metric

),

chosen as (

    select
        *,
        row_number() over (
            partition by {{ cell | join(', ') }}, window_name
            order by
                case when detectable_change is null then 1 else 0 end asc,
                case metric
                    when 'roc_auc' then 1
                    when 'missing_rate' then 1
                    when 'calibration_ratio' then 1
                    when 'unlabelled_share' then 1
                    when 'accuracy' then 2
                    when 'mae' then 2
                    else 3
                end asc,
                metric asc
        ) as choice
    from detected

)

select *
from chosen
where choice = 1
{%- endmacro %}
