{#
    The PSI from which a distance is large: the default rules' thresholds for monitor_drift, which
    does not read rules. While the baseline warms up, only a much larger distance counts.
#}
{% macro large_psi(slice_name, is_learning='false') -%}
    case
        when {{ slice_name }} <> '(all)' then 0.2
        when {{ is_learning }} then 0.25
        else 0.1
    end
{%- endmacro %}

{#
    Windows of a week and of a month overlap: their history holds less evidence than its length
    suggests.
#}
{% macro unusual_z(window_name) -%}
    case when {{ window_name }} in ('7d', '30d') then 5e0 else 3.5e0 end
{%- endmacro %}

{# The number of history windows after which the baseline is known. #}
{% macro learning_windows() -%}
    14
{%- endmacro %}

{# The verdict on a whole log, from the share of its subjects that have drifted. #}
{% macro dataset_verdict(drifted_share) -%}
    case
        when {{ drifted_share }} >= 0.3 then 'critical'
        when {{ drifted_share }} >= 0.15 then 'warn'
        else 'ok'
    end
{%- endmacro %}

{#
    Whether a subject is normally far from the reference, which is then no valid baseline for it.
    While the baseline warms up, the current distance is used instead. Over the steps of
    monitor_drift.
#}
{% macro is_reference_mismatch(rows) -%}
    coalesce(
        coalesce(power({{ rows }}.psi_root_mean, 3), {{ rows }}.psi_valid) - {{ rows }}.psi_noise_limit
        >= {{ model_monitor.large_psi(rows ~ '.slice_name', 'true') }}
        and not {{ rows }}.is_unmatched_weekday,
        false
    )
{%- endmacro %}

{#
    Whether a row count differs from the median of four others by more than counts do by chance: four
    deviations of a Poisson count, of the larger of both. Other sums have no such deviation.
#}
{% macro is_no_chance_volume(signals) -%}
    (
        {{ signals }}.metric <> 'row_count'
        or abs({{ signals }}.value - coalesce({{ signals }}.baseline_value, 0))
        >= 4 * sqrt(1.25 * greatest({{ signals }}.value, coalesce({{ signals }}.baseline_value, 0)))
    )
{%- endmacro %}
