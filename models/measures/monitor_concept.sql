{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'window_name', 'window_end'],
    replaced_by='int_monitor__reevaluated_windows'
) }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__reevaluated_windows') }}
{%- set double = model_monitor.type_double() %}
{%- set text = model_monitor.type_text() %}
{%- set key = ['monitor', 'log', 'model_version', 'window_name', 'window_start', 'window_end',
    'is_final', 'subject', 'outcome'] %}

-- Rows depend on each other as the median subject of the log does. When that subject is evaluated
-- again, so is this model.
with dispersions as (

    select
        drift.monitor,
        drift.window_name,
        drift.window_end,
        percentile_cont(0.5) within group (order by drift.dispersion) as dispersion
    from {{ ref('model_monitor', 'monitor_drift') }} as drift
    where drift.log = 'predictions'
        and drift.role = 'live'
        and drift.model_version = '(all)'
        and drift.slice_name = '(all)'
        -- restricted to the windows of this run, not all of history
        and (drift.monitor, drift.window_name, drift.window_end) in (
            select
                monitor,
                window_name,
                window_end
            from {{ ref('model_monitor', 'int_monitor__reevaluated_windows') }}
        )
    group by drift.monitor, drift.window_name, drift.window_end

),

labels as (

    select
        monitor,
        subject,
        bin_group,
        min(bin_label) as first_label
    from {{ ref('model_monitor', 'int_monitor__bin_labels') }}
    where log = 'predictions'
        and bin between 0 and 999
    group by monitor, subject, bin_group

),

-- a group is compared if both sides expect at least five of either outcome
bins as (

    select
        *,
        {{ model_monitor.concept_weight('n1', 'n0') }} as weight,
        {{ model_monitor.safe_divide('k1', 'n1') }} - {{ model_monitor.safe_divide('k0', 'n0') }}
            as shift,
        {{ model_monitor.pooled_variance('k1', 'n1', 'k0', 'n0') }} as variance,
        case when {{ model_monitor.is_comparable('n1', 'k1', 'earlier_n', 'earlier_k') }}
            then {{ model_monitor.concept_weight('n1', 'earlier_n') }} end as earlier_weight,
        {{ model_monitor.safe_divide('k1', 'n1') }}
        - {{ model_monitor.safe_divide('earlier_k', 'earlier_n') }} as earlier_shift,
        case when {{ model_monitor.is_comparable('n1', 'k1', 'earlier_n', 'earlier_k') }}
            then {{ model_monitor.pooled_variance('k1', 'n1', 'earlier_k', 'earlier_n') }} end
            as earlier_variance
    from {{ ref('model_monitor', 'int_monitor__concept_windows') }}
    where {{ model_monitor.is_comparable('n1', 'k1', 'n0', 'k0') }}

),

ranked as (

    select
        *,
        weight * shift * shift / variance as chi2_term,
        row_number() over (
            partition by {{ key | join(', ') }}
            order by weight * shift * shift / variance desc, bin_group
        ) as place
    from bins

),

tested as (

    select
        {{ model_monitor.listed_columns('ranked', key) }},
        sum(ranked.n1) as row_count,
        sum(ranked.n0) as baseline_row_count,
        {{ model_monitor.exact_sum('ranked.k0') }} / sum(ranked.n0) as baseline_rate,
        count(*) as bin_count,
        {{ model_monitor.exact_sum('ranked.weight * ranked.shift') }}
        / {{ model_monitor.exact_sum('ranked.weight') }} as rate_shift,
        sqrt({{ model_monitor.exact_sum('ranked.weight * ranked.variance') }})
        / {{ model_monitor.exact_sum('ranked.weight') }} as rate_shift_error,
        {{ model_monitor.exact_sum('ranked.k1 + ranked.k0') }} / sum(ranked.n1 + ranked.n0) as rate,
        {{ model_monitor.exact_sum('ranked.weight') }} as weights,
        {{ model_monitor.exact_sum('ranked.weight * ranked.shift * ranked.shift') }} as squares,
        {{ model_monitor.exact_sum('ranked.variance') }} as variances,
        {{ model_monitor.exact_sum('ranked.variance * ranked.variance') }}
            as squared_variances,
        {{ model_monitor.exact_sum('ranked.earlier_weight') }} as earlier_weights,
        {{ model_monitor.exact_sum(
            'ranked.earlier_weight * ranked.earlier_shift * ranked.earlier_shift'
        ) }} as earlier_squares,
        {{ model_monitor.exact_sum('ranked.earlier_variance') }} as earlier_variances,
        {{ model_monitor.exact_sum('ranked.chi2_term') }} as chi2,
        max(coalesce(dispersions.dispersion, 1e0)) as dispersion,
        max(case when ranked.place = 1 then ranked.bin_group end) as worst_group,
        max(case when ranked.place = 1 then ranked.shift end) as worst_shift
    from ranked
    left join dispersions
        on {{ model_monitor.joined_on(
            'ranked', 'dispersions', ['monitor', 'window_name', 'window_end']
        ) }}
    group by {{ model_monitor.listed_columns('ranked', key) }}

),

p_values as (

    select
        *,
        cast({{ model_monitor.chi2_sf('chi2 / dispersion', 'bin_count') }} as {{ double }})
            as p_value
    from tested

),

q_values as (

    {{ model_monitor.q_values(
        'p_values', 'p_value', ['monitor', 'log', 'window_name', 'window_end']
    ) | indent(4) }}

),

final as (

    select
        p_values.monitor,
        p_values.log,
        cast('live' as {{ text }}) as role,
        p_values.model_version,
        p_values.window_name,
        p_values.window_start,
        p_values.window_end,
        cast('(all)' as {{ text }}) as slice_name,
        cast('(all)' as {{ text }}) as slice_value,
        p_values.subject,
        p_values.outcome,
        cast(
            case p_values.window_name when 'day' then 'last_week' else 'previous' end as {{ text }}
        ) as baseline,
        p_values.is_final,
        cast(p_values.row_count as bigint) as row_count,
        cast(p_values.baseline_row_count as bigint) as baseline_row_count,
        cast(p_values.bin_count as integer) as bin_count,
        cast(p_values.baseline_rate as {{ double }}) as baseline_rate,
        cast(p_values.rate_shift as {{ double }}) as rate_shift,
        cast(p_values.rate_shift_error as {{ double }}) as rate_shift_error,
        cast({{ model_monitor.rate_change(
            'p_values.squares', 'p_values.variances', 'p_values.weights', 'p_values.rate'
        ) }} as {{ double }}) as rate_change,
        cast({{ model_monitor.rate_change(
            'p_values.earlier_squares', 'p_values.earlier_variances', 'p_values.earlier_weights',
            'p_values.rate'
        ) }} as {{ double }}) as earlier_rate_change,
        cast({{ model_monitor.rate_change_noise(
            'p_values.variances', 'p_values.squared_variances', 'p_values.weights',
            'p_values.rate', 'p_values.dispersion'
        ) }} as {{ double }}) as rate_change_noise,
        cast(p_values.chi2 as {{ double }}) as chi2,
        cast(p_values.dispersion as {{ double }}) as dispersion,
        p_values.p_value,
        cast(q_values.q_value as {{ double }}) as q_value,
        labels.first_label as worst_bin,
        cast(p_values.worst_shift as {{ double }}) as worst_shift
    from p_values
    inner join q_values
        on {{ model_monitor.joined_on(
            'p_values', 'q_values', ['monitor', 'log', 'window_name', 'window_end', 'p_value']
        ) }}
    left join labels
        on p_values.monitor = labels.monitor
        and p_values.subject = labels.subject
        and p_values.worst_group = labels.bin_group

)

select * from final
