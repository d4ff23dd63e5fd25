{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'window_name', 'window_end'],
    replaced_by='int_monitor__touched_windows'
) }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__touched_windows') }}
{%- set subject = ['monitor', 'log', 'subject'] %}
{%- set window = ['monitor', 'log', 'role', 'model_version', 'window_name', 'window_start',
    'window_end', 'window_id', 'series_id'] %}
{%- set series = ['window_id', 'series_id', 'role', 'model_version'] %}
{%- set traits = ['zero', 'range', 'stale', 'unsure', 'extreme', 'unseen'] %}
{%- set sums = ['row_count', 'valid_count', 'missing_count', 'invalid_count', 'unseen_count',
    'sum_1', 'sum_2'] %}
{%- set percentiles = ['p01', 'p05', 'p25', 'p50', 'p75', 'p95', 'p99'] %}

with rules as (

    select
        monitor,
        log,
        subject,
        max(case when is_zero then 1 else 0 end) as has_zero,
        max(case when is_out_of_range then 1 else 0 end) as has_range,
        max(case when is_stale then 1 else 0 end) as has_stale,
        max(case when is_unsure then 1 else 0 end) as has_unsure,
        max(case when is_extreme then 1 else 0 end) as has_extreme,
        max(case when bin_kind = 'unseen' then 1 else 0 end) as has_unseen
    from {{ ref('model_monitor', 'int_monitor__ruler_bins') }}
    group by monitor, log, subject

),

rulers as (

    select
        rulers.*,
        coalesce(rulers.distinct_count > 20, false) as has_many_values
        {%- for trait in traits %},
        rules.has_{{ trait }}
        {%- endfor %}
    from {{ ref('model_monitor', 'int_monitor__ruler_subjects') }} as rulers
    inner join rules
        on {{ model_monitor.joined_on('rulers', 'rules', subject) }}

),

-- two rulers may have counted one window: numbers that do not depend on them still add up
totals as (

    select
        {{ model_monitor.listed_columns('sums', window) }},
        {%- for name in sums %}
        sum(sums.{{ name }}) as {{ name }},
        {%- endfor %}
        min(sums.value_min) as value_min,
        max(sums.value_max) as value_max,
        min(sums.ruler_version) as first_ruler_version,
        max(sums.ruler_version) as last_ruler_version
    from {{ ref('model_monitor', 'int_monitor__window_sums') }} as sums
    inner join {{ ref('model_monitor', 'int_monitor__touched_windows') }} as touched
        on sums.window_id = touched.window_id
    group by {{ model_monitor.listed_columns('sums', window) }}

),

published as (

    select
        totals.*,
        series.slice_name,
        series.slice_value,
        series.subject,
        series.subject_id,
        subjects.subject_kind,
        subjects.subject_type,
        -- an extreme reveals the value of one row
        protected_slices.monitor is null as has_extremes
    from totals
    inner join {{ ref('model_monitor', 'int_monitor__series') }} as series
        on totals.series_id = series.series_id
    inner join {{ ref('model_monitor', 'int_monitor__subjects') }} as subjects
        on {{ model_monitor.joined_on('series', 'subjects', subject) }}
        and not subjects.is_protected
    left join {{ ref('model_monitor', 'int_monitor__protected_slices') }} as protected_slices
        on totals.monitor = protected_slices.monitor
        and series.slice_name = protected_slices.slice_name
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on totals.monitor = monitors.monitor
    where (series.slice_name = '(all)' or totals.row_count >= monitors.min_cell)
        and {{ model_monitor.is_log_disclosable('totals', 'series') }}

),

-- ruler-dependent numbers are joined only if the active ruler counted all of the window
measured as (

    select
        published.*,
        rulers.center,
        rulers.scale,
        {%- for trait in traits + ['many_values'] %}
        rulers.has_{{ trait }},
        {%- endfor %}
        counts.largest_group,
        counts.sum_n_ln_n,
        counts.zero_count,
        counts.out_of_range_count,
        counts.stale_count,
        counts.unsure_count,
        counts.extreme_count,
        counts.value_count,
        counts.interval_count,
        counts.top_code,
        {{ model_monitor.listed_columns('quantiles', percentiles) }},
        labels.bin_label as top_value,
        extremes.at_min_count,
        extremes.at_max_count
    from published
    left join rulers
        on {{ model_monitor.joined_on('published', 'rulers', subject) }}
        and published.first_ruler_version = rulers.ruler_version
        and published.last_ruler_version = rulers.ruler_version
    left join {{ ref('model_monitor', 'int_monitor__profile_counts') }} as counts
        on {{ model_monitor.joined_on('published', 'counts', series) }}
    left join {{ ref('model_monitor', 'int_monitor__profile_quantiles') }} as quantiles
        on {{ model_monitor.joined_on('published', 'quantiles', series) }}
        and rulers.ruler_version = quantiles.ruler_version
    left join {{ ref('model_monitor', 'int_monitor__bin_labels') }} as labels
        on {{ model_monitor.joined_on('rulers', 'labels', subject + ['ruler_version']) }}
        and 9999 - mod(counts.top_code, 10000) = labels.bin
    left join {{ ref('model_monitor', 'int_monitor__window_extremes') }} as extremes
        on {{ model_monitor.joined_on('published', 'extremes', subject + [
            'role', 'model_version', 'window_name', 'window_end'
        ]) }}
        and published.slice_name = '(all)'

),

final as (

    select
        monitor,
        log,
        role,
        model_version,
        window_name,
        cast(window_start as timestamp) as window_start,
        cast(window_end as timestamp) as window_end,
        slice_name,
        slice_value,
        subject,
        subject_kind,
        cast(row_count as bigint) as row_count,
        {{ model_monitor.safe_divide('missing_count', 'row_count') }} as missing_rate,
        {{ model_monitor.safe_divide('invalid_count', 'row_count') }} as invalid_rate,
        case
            when has_range = 1
                then {{ model_monitor.safe_divide('out_of_range_count', 'row_count') }}
        end as out_of_range_rate,
        case
            when has_unseen = 1 then {{ model_monitor.safe_divide('unseen_count', 'row_count') }}
        end as unseen_rate,
        case
            when has_zero = 1 then {{ model_monitor.safe_divide('zero_count', 'row_count') }}
        end as zero_rate,
        case
            when has_stale = 1 then {{ model_monitor.safe_divide('stale_count', 'row_count') }}
        end as stale_rate,
        case
            when subject_type <> 'numeric' and has_zero is not null then cast(value_count as bigint)
            when interval_count = 0 and not has_many_values then cast(value_count as bigint)
        end as distinct_count,
        -- A boolean counts as 0 and 1. The mean of fixed-point sums is clipped to
        -- the observed range.
        case
            when valid_count = 0 then null
            when subject_type = 'boolean' and has_zero = 1
                then 1 - {{ model_monitor.safe_divide('zero_count', 'valid_count') }}
            when scale is not null and value_min is not null
                then least(greatest(
                    center + scale * {{ model_monitor.safe_divide('sum_1', '1e6 * valid_count') }},
                    value_min
                ), value_max)
        end as mean,
        case
            when subject_type = 'boolean' and has_zero = 1
                then sqrt(
                    {{ model_monitor.safe_divide('zero_count', 'valid_count') }}
                    * {{ model_monitor.safe_divide('valid_count - zero_count', 'valid_count - 1') }}
                )
            when valid_count > 1 and scale is not null and value_min = value_max then 0
            when scale is not null and value_min is not null
                then scale * sqrt(
                    {{ model_monitor.sample_variance('sum_1', 'sum_2', 'valid_count') }}
                )
        end as stddev,
        case
            when not has_extremes then null
            when valid_count > 0 and subject_type = 'boolean' and has_zero = 1
                then case when zero_count > 0 then 0 else 1 end
            else value_min
        end as min,
        case
            when not has_extremes then null
            when valid_count > 0 and subject_type = 'boolean' and has_zero = 1
                then case when zero_count < valid_count then 1 else 0 end
            else value_max
        end as max,
        {{ model_monitor.listed_columns('', percentiles) }},
        case
            when has_zero is null or valid_count = 0 then null
            when largest_group = valid_count then 0
            else ln(valid_count) - {{ model_monitor.safe_divide('sum_n_ln_n', 'valid_count') }}
        end as entropy,
        top_value,
        case when top_value is not null then {{ model_monitor.safe_divide(
            '((top_code - mod(top_code, 10000)) / 10000)', 'row_count'
        ) }} end as top_share,
        {{ model_monitor.safe_divide('at_min_count', 'row_count') }} as at_min_share,
        {{ model_monitor.safe_divide('at_max_count', 'row_count') }} as at_max_share,
        case
            when has_extreme = 1
                then {{ model_monitor.safe_divide('extreme_count', 'row_count') }}
        end as extreme_share,
        case
            when has_unsure = 1
                then {{ model_monitor.safe_divide('unsure_count', 'row_count') }}
        end as low_confidence_share
    from measured

)

select * from final
