{{ model_monitor.table_model() }}
{#- Breaks an alert down in its shown window. An alert on all rows is split by the slice column that
    explains most, into mix shift and within-segment change, with its leading segments. An alert on
    a distribution lists the groups of bins that moved most, and the categories that came or went. A
    multiclass score lists the classes that it confuses. -#}
{%- set whole = [
    'monitor', 'log', 'role', 'model_version', 'window_name', 'window_end', 'subject', 'metric',
    'baseline', 'dimension',
] %}
{%- set of_window = ['monitor', 'log', 'role', 'model_version', 'window_name', 'subject'] %}
{%- set quote = model_monitor.text_literal("'") %}

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

segments as (

    select * from {{ ref('model_monitor', 'monitor_segments') }}

),

-- an alert relative to its own history is split against the week before, if that exists
wholes as (

    select
        alerts.alert_id,
        segments.dimension,
        segments.baseline,
        segments.metric,
        segments.mix_share,
        row_number() over (
            partition by alerts.alert_id
            order by
                case
                    when segments.baseline = alerts.baseline then 0
                    when segments.baseline = 'last_week' then 1
                    when segments.baseline = 'previous' then 2
                    when segments.baseline = 'reference' then 3
                    else 4
                end asc,
                -- The largest mix shift comes first. Without one, the change that concentrates most
                -- in one segment, beyond the segment's share of the rows.
                case when segments.mix_share > 1e0 / 3 then 0 else 1 end asc,
                {{ model_monitor.rounded(
                    'case when segments.mix_share > 1e0 / 3 then segments.mix_share'
                    ~ ' else segments.top_segment_share'
                    ~ ' - (tops.share + tops.baseline_share) / 2.0 end', 9
                ) }} desc,
                segments.dimension asc
        ) as choice
    from alerts
    inner join segments
        on alerts.monitor = segments.monitor
        and alerts.log = segments.log
        and alerts.role = segments.role
        and alerts.model_version = segments.model_version
        and alerts.window_name = segments.window_name
        and alerts.shown_window_end = segments.window_end
        and alerts.subject = segments.subject
        and alerts.split_metric = segments.metric
        and (
            alerts.baseline = segments.baseline
            or alerts.family = 'quality'
        )
    inner join segments as tops
        on {{ model_monitor.joined_on('segments', 'tops', whole) }}
        and segments.top_segment = tops.segment
    where alerts.slice_name = '(all)'
        and segments.segment = '(all)'
        and segments.mix_share is not null

),

kinds as (

    select
        alert_id,
        dimension,
        baseline,
        metric,
        mix_share,
        {{ model_monitor.shift_kind('mix_share') }} as shift_kind
    from wholes
    where choice = 1

),

parts as (

    select
        alerts.alert_id,
        kinds.dimension,
        kinds.shift_kind,
        segments.segment,
        segments.share,
        segments.baseline_share,
        {{ model_monitor.safe_divide(
            'segments.mix_effect + segments.within_effect',
            'sum(segments.mix_effect + segments.within_effect) over (partition by alerts.alert_id)'
        ) }} as part
    from alerts
    inner join kinds
        on alerts.alert_id = kinds.alert_id
    inner join segments
        on alerts.monitor = segments.monitor
        and alerts.log = segments.log
        and alerts.role = segments.role
        and alerts.model_version = segments.model_version
        and alerts.window_name = segments.window_name
        and alerts.shown_window_end = segments.window_end
        and alerts.subject = segments.subject
        and kinds.metric = segments.metric
        and kinds.baseline = segments.baseline
        and kinds.dimension = segments.dimension
    where segments.segment <> '(all)'

),

-- a mix shift names segments that grew or shrank, a within-segment change names where it occurs
named as (

    select
        alert_id,
        dimension,
        -- nearly all of the change comes from one segment
        case when shift_kind = 'within' and part >= 0.75
            then {{ model_monitor.shown_text('segment') }} end as main_segment,
        {{ model_monitor.shown_text('segment') }} || ': '
        || case
            when shift_kind = 'within'
                then {{ model_monitor.shown_percent('part') }} || ' of the change'
            else {{ model_monitor.shown_percent('share') }} || ' of rows (normally '
                || {{ model_monitor.shown_percent('baseline_share') }} || ')'
        end as words,
        row_number() over (
            partition by alert_id
            order by
                {{ model_monitor.rounded(
                    "case when shift_kind = 'within' then part"
                    ~ ' else abs(share - baseline_share) end', 9
                ) }} desc,
                {{ model_monitor.text_order('segment') }} asc
        ) as place
    from parts
    where (
            shift_kind = 'within'
            and part >= 0.2
            and part >= 0.75 * (share + baseline_share)
        )
        or (shift_kind <> 'within' and abs(share - baseline_share) >= 0.02)

),

top_segments as (

    select
        alert_id,
        max(case when place = 1 then words end) as leading_segment,
        max(case when place = 1 then main_segment end) as main_segment,
        max(case when place = 1 then dimension || ' ' || words end)
        || coalesce('; ' || max(case when place = 2 then dimension || ' ' || words end), '')
        || coalesce('; ' || max(case when place = 3 then dimension || ' ' || words end), '')
            as top_segments
    from named
    group by alert_id

),

-- confused classes, now and in the four weeks before the alert began
confusions as (

    select
        alerts.alert_id,
        confusion.actual,
        confusion.predicted,
        sum(
            case when confusion.window_end = alerts.shown_window_end
                then confusion.row_count else 0 end
        ) as row_count,
        sum(
            case when confusion.window_end <= alerts.first_window_start
                then confusion.row_count else 0 end
        ) as baseline_row_count
    from alerts
    inner join {{ ref('model_monitor', 'monitor_confusion') }} as confusion
        on alerts.monitor = confusion.monitor
        and alerts.log = confusion.log
        and alerts.role = confusion.role
        and alerts.model_version = confusion.model_version
        and alerts.window_name = confusion.window_name
        and alerts.slice_name = confusion.slice_name
        and alerts.slice_value = confusion.slice_value
        and alerts.subject = confusion.score
        and (
            confusion.window_end = alerts.shown_window_end
            or (
                confusion.window_end <= alerts.first_window_start
                and confusion.window_end > alerts.first_window_start - interval '28 days'
            )
        )
    inner join (
        select distinct
            monitor,
            score
        from {{ ref('model_monitor', 'int_monitor__outcome_scores') }}
        where score_kind = 'multiclass'
    ) as scores
        on alerts.monitor = scores.monitor
        and alerts.subject = scores.score
    where alerts.family = 'performance'
        -- slices do not publish all of their confusion counts
        and alerts.slice_name = '(all)'
    group by alerts.alert_id, confusion.actual, confusion.predicted

),

confused as (

    select
        alert_id,
        actual,
        predicted,
        {{ model_monitor.safe_divide(
            'row_count', 'sum(row_count) over (partition by alert_id)'
        ) }} as share,
        {{ model_monitor.safe_divide(
            'baseline_row_count', 'sum(baseline_row_count) over (partition by alert_id)'
        ) }} as baseline_share
    from confusions

),

mistaken as (

    select
        *,
        '''' || {{ model_monitor.shown_text('actual') }} || ''' predicted as '''
        || {{ model_monitor.shown_text('predicted') }} || '''' as mistake,
        sum(share - baseline_share) over (partition by alert_id) as more_mistakes,
        row_number() over (
            partition by alert_id
            order by
                {{ model_monitor.rounded('share - baseline_share', 9) }} desc,
                {{ model_monitor.text_order('actual') }} asc,
                {{ model_monitor.text_order('predicted') }} asc
        ) as place
    from confused
    where actual <> predicted
        and share > baseline_share

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
        on alerts.monitor = distances.monitor
        and alerts.log = distances.log
        and alerts.role = distances.role
        and alerts.model_version = distances.model_version
        and alerts.window_name = distances.window_name
        and alerts.shown_window_end = distances.window_end
        and alerts.slice_name = distances.slice_name
        and alerts.slice_value = distances.slice_value
        and alerts.subject = distances.subject
        and alerts.baseline = distances.baseline
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
        on alerts.monitor = bins.monitor
        and alerts.log = bins.log
        and alerts.role = bins.role
        and alerts.model_version = bins.model_version
        and alerts.window_name = bins.window_name
        and alerts.shown_window_end = bins.window_end
        and alerts.slice_name = bins.slice_name
        and alerts.slice_value = bins.slice_value
        and alerts.subject = bins.subject
        and alerts.baseline = bins.baseline
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
        max(case when place = 1 then words end)
        || coalesce('; ' || max(case when place = 2 then words end), '')
        || coalesce('; ' || max(case when place = 3 then words end), '') as top_bins
    from bins
    group by alert_id

),

-- An alert against its own history, or against a week before, concerns values that came or went
-- since. One against the reference concerns all values that are new or have vanished.
changed_categories as (

    select
        alerts.alert_id,
        categories.kind,
        categories.renamed_from,
        {{ quote }} || {{ model_monitor.shown_text('categories.value') }} || {{ quote }}
            as shown_value,
        {{ quote }} || {{ model_monitor.shown_text('categories.renamed_from') }} || {{ quote }}
            as shown_origin,
        {{ model_monitor.shown_percent('categories.share') }} || ' of rows since '
        || {{ model_monitor.shown_time("date_trunc('day', categories.first_seen_at)") }} as words,
        row_number() over (
            partition by
                alerts.alert_id,
                categories.kind,
                case when categories.renamed_from is null then 0 else 1 end
            order by
                {{ model_monitor.rounded(
                    'greatest(categories.share, coalesce(categories.reference_share, 0))', 12
                ) }} desc,
                {{ model_monitor.text_order('categories.value') }} asc
        ) as place,
        count(*) over (
            partition by
                alerts.alert_id,
                categories.kind,
                case when categories.renamed_from is null then 0 else 1 end
        ) as value_count
    from alerts
    inner join {{ ref('model_monitor', 'monitor_new_categories') }} as categories
        on {{ model_monitor.joined_on('alerts', 'categories', of_window) }}
        and alerts.shown_window_end = categories.window_end
    -- the new name of a value says that the old one is gone
    left join {{ ref('model_monitor', 'monitor_new_categories') }} as renamed
        on {{ model_monitor.joined_on('categories', 'renamed', of_window + ['window_end']) }}
        and categories.value = renamed.renamed_from
        and categories.kind = 'vanished'
    where alerts.slice_name = '(all)'
        and (alerts.family = 'drift' or alerts.metric = 'unseen_share')
        and renamed.value is null
        and (
            (alerts.family = 'drift' and alerts.baseline = 'reference')
            or coalesce(categories.first_seen_at, categories.last_seen_at)
            >= alerts.first_window_start - interval '7 days'
        )

),

listed_categories as (

    select
        alert_id,
        {%- for name, condition, word in [
            ('renamed', "kind = 'new' and renamed_from is not null",
                "shown_origin || ' is now ' || shown_value || ', ' || words"),
            ('added', "kind = 'new' and renamed_from is null", "shown_value || ' ' || words"),
            ('vanished', "kind = 'vanished'", 'shown_value'),
        ] %}
        max(case when {{ condition }} and place = 1 then {{ word }} end)
        || coalesce(', ' || max(case when {{ condition }} and place = 2 then {{ word }} end), '')
        || coalesce(', ' || max(case when {{ condition }} and place = 3 then {{ word }} end), '')
        || coalesce(
            ' and ' || {{ model_monitor.shown_number(
                'max(case when ' ~ condition ~ ' and value_count > 3 then value_count - 3 end)'
            ) }} || ' more',
            ''
        ) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from changed_categories
    group by alert_id

),

category_words as (

    select
        alert_id,
        coalesce('; renamed: ' || renamed, '') || coalesce('; new: ' || added, '')
        || coalesce('; gone: ' || vanished, '') as changed_values
    from listed_categories

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
