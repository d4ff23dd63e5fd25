{#
    The slice column that explains most of the change of each alert on all rows, as a query: the
    column, the comparison that splits it, and whether it is a mix shift or a within-segment change.
    An alert relative to its own history is split against the week before, if that exists.
#}
{% macro slice_split_rows(alerts) -%}
{%- set of_window = ['monitor', 'log', 'role', 'model_version', 'window_name', 'subject'] -%}
{%- set whole = [
    'monitor', 'log', 'role', 'model_version', 'window_name', 'window_end', 'subject', 'metric',
    'baseline', 'dimension',
] -%}
with wholes as (

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
    from {{ alerts }} as alerts
    inner join {{ ref('model_monitor', 'monitor_segments') }} as segments
        on {{ model_monitor.joined_on('alerts', 'segments', of_window) }}
        and alerts.shown_window_end = segments.window_end
        and alerts.split_metric = segments.metric
        and (
            alerts.baseline = segments.baseline
            or alerts.family = 'quality'
        )
    inner join {{ ref('model_monitor', 'monitor_segments') }} as tops
        on {{ model_monitor.joined_on('segments', 'tops', whole) }}
        and segments.top_segment = tops.segment
    where alerts.slice_name = '(all)'
        and segments.segment = '(all)'
        and segments.mix_share is not null

)

select
    alert_id,
    dimension,
    baseline,
    metric,
    mix_share,
    {{ model_monitor.shift_kind('mix_share') }} as shift_kind
from wholes
where choice = 1
{%- endmacro %}

{#
    The segments that contribute most to the change of each alert, in words, as a query: of the
    slice column that slice_split_rows found. A mix shift names segments that grew or shrank, a
    within-segment change names where it occurs.
#}
{% macro leading_segment_rows(alerts, kinds) -%}
{%- set of_window = ['monitor', 'log', 'role', 'model_version', 'window_name', 'subject'] -%}
with parts as (

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
    from {{ alerts }} as alerts
    inner join {{ kinds }} as kinds
        on alerts.alert_id = kinds.alert_id
    inner join {{ ref('model_monitor', 'monitor_segments') }} as segments
        on {{ model_monitor.joined_on('alerts', 'segments', of_window) }}
        and alerts.shown_window_end = segments.window_end
        and kinds.metric = segments.metric
        and kinds.baseline = segments.baseline
        and kinds.dimension = segments.dimension
    where segments.segment <> '(all)'

),

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

)

select
    alert_id,
    max(case when place = 1 then words end) as leading_segment,
    max(case when place = 1 then main_segment end) as main_segment,
    {{ model_monitor.first_texts("dimension || ' ' || words") }} as top_segments
from named
group by alert_id
{%- endmacro %}

{#
    The pairs of classes that a multiclass score confuses more often than in the four weeks before
    the alert began, as a query.
#}
{% macro mistake_rows(alerts) -%}
with confusions as (

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
    from {{ alerts }} as alerts
    inner join {{ ref('model_monitor', 'monitor_confusion') }} as confusion
        on {{ model_monitor.joined_on('alerts', 'confusion', [
            'monitor', 'log', 'role', 'model_version', 'window_name', 'slice_name', 'slice_value'
        ]) }}
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

)

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
{%- endmacro %}

{#
    The values of a categorical subject that were renamed, came or went, in words, as a query. An
    alert against its own history, or against a week before, concerns values that came or went
    since. One against the reference concerns all values that are new or have vanished.
#}
{% macro changed_value_rows(alerts) -%}
{%- set quote = model_monitor.text_literal("'") -%}
{%- set of_window = ['monitor', 'log', 'role', 'model_version', 'window_name', 'subject'] -%}
with changed_categories as (

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
    from {{ alerts }} as alerts
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
        {{ model_monitor.first_texts(
            'case when ' ~ condition ~ ' then ' ~ word ~ ' end', separator=', '
        ) }}
        || coalesce(
            ' and ' || {{ model_monitor.shown_number(
                'max(case when ' ~ condition ~ ' and value_count > 3 then value_count - 3 end)'
            ) }} || ' more',
            ''
        ) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from changed_categories
    group by alert_id

)

select
    alert_id,
    coalesce('; renamed: ' || renamed, '') || coalesce('; new: ' || added, '')
    || coalesce('; gone: ' || vanished, '') as changed_values
from listed_categories
{%- endmacro %}
