{#
    Where a distance begins to be large, and an unusual one unusual: the default rules' thresholds
    for monitor_drift, which knows no rules. While what is usual is not known, only what is far
    beyond counts.
#}
{% macro large_psi(slice_name, is_learning='false') -%}
    case
        when {{ slice_name }} <> '(all)' then 0.2
        when {{ is_learning }} then 0.25
        else 0.1
    end
{%- endmacro %}

{# Windows of a week and of a month overlap: their past says less than it seems to. #}
{% macro unusual_z(window_name) -%}
    case when {{ window_name }} in ('7d', '30d') then 5e0 else 3.5e0 end
{%- endmacro %}

{# Windows of a past from which on it is known what is usual. #}
{% macro learning_windows() -%}
    14
{%- endmacro %}

{# Shares of the subjects that have drifted from which on a whole log is looked at. #}
{% macro dataset_verdict(drifted_share) -%}
    case
        when {{ drifted_share }} >= 0.3 then 'critical'
        when {{ drifted_share }} >= 0.15 then 'warn'
        else 'ok'
    end
{%- endmacro %}

{#
    Whether a subject is usually far from the reference, which is then no yardstick for it; while what
    is usual is not known, what is there now stands for it. Over the steps of monitor_drift.
#}
{% macro is_reference_mismatch(rows) -%}
    coalesce(
        coalesce(power({{ rows }}.psi_root_mean, 3), {{ rows }}.psi_valid) - {{ rows }}.psi_noise_limit
        >= {{ model_monitor.large_psi(rows ~ '.slice_name', 'true') }}
        and not {{ rows }}.is_unmatched_weekday,
        false
    )
{%- endmacro %}
