{{ model_monitor.table_model() }}
{#- Breaks an alert down in its shown window. An alert on all rows is split by the slice column that
    explains most, into mix shift and within-segment change, with its leading segments. An alert on
    a distribution lists the groups of bins that moved most, and the categories that came or went. A
    multiclass score lists the classes that it confuses. -#}
{%- set of_comparison = model_monitor.signal_keys() | reject('in', ['family', 'metric']) | list %}

with alerts as (

    select
        *,
        case
            when metric = 'missing_rate' then 'missing_rate'
            when family = 'tail' then 'mean'
            when family = 'drift' then 'total_variation'
        end as split_metric
    from {{ ref('model_monitor', 'int_monitor__alert_states') }}
    where family in ('drift', 'tail', 'quality', 'performance')

),

kinds as (

    {{ model_monitor.slice_split_rows('alerts') | indent(4) }}

),

top_segments as (

    {{ model_monitor.leading_segment_rows('alerts', 'kinds') | indent(4) }}

),

mistaken as (

    {{ model_monitor.mistake_rows('alerts') | indent(4) }}

),

tails as (

    select
        alerts.alert_id,
        alerts.subject,
        distances.tail_share,
        distances.p95,
        distances.baseline_p95,
        -- small against the normal spread of the subject, or with the opposite sign
        abs(distances.baseline_p95) < 0.5 * rulers.scale
        or distances.p95 * distances.baseline_p95 < 0 as is_near_zero
    from alerts
    inner join {{ ref('model_monitor', 'int_monitor__distances') }} as distances
        on {{ model_monitor.joined_on('alerts', 'distances', of_comparison) }}
        and alerts.shown_window_end = distances.window_end
    left join {{ ref('model_monitor', 'int_monitor__ruler_subjects') }} as rulers
        on alerts.monitor = rulers.monitor
        and alerts.log = rulers.log
        and alerts.subject = rulers.subject
    where alerts.family = 'tail'

),

bins as (

    select
        alerts.alert_id,
        bins.place,
        cast(null as {{ model_monitor.type_text() }}) as mistake,
        alerts.subject || ' ' || {{ model_monitor.shown_text('bins.group_label') }} || ': '
        -- a share based on few rows is not published
        || coalesce({{ model_monitor.shown_percent('bins.share') }}, 'few') || ' of rows (normally '
        || coalesce({{ model_monitor.shown_percent('bins.baseline_share') }}, 'few') || ')' as words
    from alerts
    inner join {{ ref('model_monitor', 'monitor_drift_bins') }} as bins
        on {{ model_monitor.joined_on('alerts', 'bins', of_comparison) }}
        and alerts.shown_window_end = bins.window_end
    where alerts.family = 'drift'
        and bins.psi_share >= 0.1

    union all

    -- a tail alert describes the rows above the baseline's p95
    select
        alert_id,
        1 as place,
        cast(null as {{ model_monitor.type_text() }}) as mistake,
        subject || ' above ' || {{ model_monitor.number_label('baseline_p95') }}
        || ': ' || {{ model_monitor.shown_percent('tail_share') }}
        || ' of rows (normally 5.0%)' as words
    from tails
    where tail_share is not null

    union all

    select
        alert_id,
        place,
        mistake,
        mistake || ' in ' || {{ model_monitor.shown_percent('share') }} || ' of rows (normally '
        || {{ model_monitor.shown_percent('baseline_share') }} || ')' as words
    from mistaken
    -- only mistakes that contribute to the change, not noise
    where share - baseline_share >= greatest(0.2 * more_mistakes, 0.02)

),

top_bins as (

    select
        alert_id,
        max(case when place = 1 then mistake end) as leading_mistake,
        {{ model_monitor.first_texts('words') }} as top_bins
    from bins
    group by alert_id

),

category_words as (

    {{ model_monitor.changed_value_rows('alerts') | indent(4) }}

),

final as (

    select
        alerts.alert_id,
        kinds.shift_kind,
        kinds.dimension as shift_dimension,
        kinds.mix_share,
        top_segments.top_segments,
        top_segments.leading_segment,
        top_segments.main_segment,
        top_bins.top_bins,
        top_bins.leading_mistake,
        category_words.changed_values,
        -- a shift relative to almost nothing is no useful figure, so both values are shown
        case when tails.is_near_zero then tails.p95 end as p95,
        case when tails.is_near_zero then tails.baseline_p95 end as baseline_p95
    from alerts
    left join kinds
        on alerts.alert_id = kinds.alert_id
    left join top_segments
        on alerts.alert_id = top_segments.alert_id
    left join top_bins
        on alerts.alert_id = top_bins.alert_id
    left join category_words
        on alerts.alert_id = category_words.alert_id
    left join tails
        on alerts.alert_id = tails.alert_id

)

select * from final
