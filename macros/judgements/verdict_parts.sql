{#
    How far a value is from what its rule compares it with, in the unit of the rule. Needs signals,
    scopes and, for a burn rate, shorter: the same signal in its shorter window.
#}
{% macro rule_change() -%}
case
    -- if the normal value is zero, nothing is missing
    when scopes.kind = 'volume' and signals.baseline_value = 0 then 0.0
    when scopes.kind in ('relative', 'volume', 'seasonal')
        -- if the normal value is negative, a lower value is further below it
        then signals.value / nullif(abs(signals.baseline_value), 0)
            - sign(signals.baseline_value)
    -- in deviations of its own history, which are never smaller than chance makes them
    when scopes.kind = 'control_chart'
        then (signals.value - signals.history_mean) / nullif(greatest(
            coalesce(signals.history_deviation, 0),
            coalesce(signals.noise_floor, 0) / 3.09,
            0.001 * abs(signals.history_mean)
        ), 0)
    -- how many times faster than allowed the budget burns, in both the short and
    -- the long window
    when scopes.kind = 'burn_rate' and shorter.value is not null
        then least(
            signals.value - signals.noise_floor, shorter.value - shorter.noise_floor
        ) / scopes.error_budget
    when scopes.kind = 'burn_rate' then null
    -- below the threshold the baseline was not computed and does not matter
    when scopes.kind = 'delta' and signals.baseline_value is null
        and signals.value < coalesce(scopes.warn, scopes.critical) then signals.value
    when scopes.kind = 'delta' then signals.value - signals.baseline_value
    else signals.value
end
{%- endmacro %}

{# How much of a change may be chance, in the same unit. Needs signals and scopes. #}
{% macro rule_noise() -%}
case
    when scopes.kind in ('control_chart', 'burn_rate') then 0.0
    when scopes.kind in ('relative', 'volume', 'seasonal')
        then coalesce(signals.noise_floor / nullif(abs(signals.baseline_value), 0), 0.0)
    else signals.noise_floor
end
{%- endmacro %}

{#
    The distance of a signal from its history, in multiples of what chance allows. 9 where a rule
    asks for no history: such a signal counts as unusual.
#}
{% macro unusual_by() -%}
{%- set outcome_families = model_monitor.word_literals(model_monitor.outcome_families()) -%}
case
    -- a training result is no history, and the normal range may be as bad as today
    when family in ({{ outcome_families }}) and baseline <> 'history' then 9.0
    when kind in ('static', 'control_chart', 'burn_rate') then 9.0
    when kind = 'relative' and family not in ('metrics', {{ outcome_families }})
        and not needs_past then 9.0
    else coalesce(
        case when kind = 'drift' then z else abs(z) end
        / {{ model_monitor.unusual_z('window_name') }},
        0.0
    )
end
{%- endmacro %}

{# Whether the baseline of a signal is still warming up. #}
{% macro is_learning() -%}
{%- set outcome_families = model_monitor.word_literals(model_monitor.outcome_families()) -%}
{%- set has_short_history = 'coalesce(history_windows, 0) < '
    ~ model_monitor.learning_windows() | trim -%}
case
    when needs_past then {{ has_short_history }}
    when family in ('volume', 'freshness') and kind in ('static', 'relative') then false
    when metric = 'reference_mismatch_count' then false
    when family in ({{ outcome_families }}) and kind <> 'static' and baseline = 'history'
        then {{ has_short_history }}
    when family in ({{ outcome_families }}) and baseline <> 'history' then dispersion is null
    when family <> 'dataset' and kind in ('static', 'relative', 'burn_rate')
        and not (family = 'metrics' and kind = 'relative')
        then dispersion is null
    else {{ has_short_history }}
end
{%- endmacro %}

{#
    Whether nothing can be said while the baseline warms up: of slices, versions, values without a
    baseline, distances without a noise estimate, and distances to the reference. One finding
    reports a reference mismatch.
#}
{% macro is_unknown() -%}
{%- set outcome_families = model_monitor.word_literals(model_monitor.outcome_families()) -%}
is_learning
and (
    slice_name <> '(all)'
    or needs_past
    or (kind = 'delta' and (model_version <> '(all)' or baseline_value is null))
    or (kind in ('drift', 'tail') and dispersion is null)
    or family = 'plugin'
    or (family = 'metrics' and kind = 'relative')
    or (family in ('drift', 'tail', 'dataset') and baseline = 'reference')
    -- performance is compared with its own history
    or (family in ({{ outcome_families }}) and baseline = 'history')
)
{%- endmacro %}
