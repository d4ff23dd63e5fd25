{{ model_monitor.table_model() }}
{%- set double = model_monitor.type_double() %}
{%- set place = ['monitor', 'log', 'role', 'model_version', 'subject'] %}
{%- set window = place + ['window_name', 'window_end'] %}
{%- set pair = place + ['new_category', 'old_category', 'first_day'] %}

with changes as (

    select changes.*
    from {{ ref('model_monitor', 'int_monitor__category_changes') }} as changes
    where {{ model_monitor.is_unprotected_subject('changes') }}

),

unseen_values as (

    select * from {{ ref('model_monitor', 'int_monitor__unseen_values') }}

),

-- computed from days, not windows: a late row changes it in windows that nothing else touches
first_seen as (

    select
        {{ model_monitor.listed_columns('', place) }},
        category,
        min(first_seen_at) as first_seen_at
    from unseen_values
    group by {{ place | join(', ') }}, category

    union all

    select
        monitor,
        log,
        role,
        '(all)' as model_version,
        subject,
        category,
        min(first_seen_at) as first_seen_at
    from unseen_values
    where role = 'live'
    group by monitor, log, role, subject, category

),

series as (

    select
        monitor,
        log,
        subject,
        series_id
    from {{ ref('model_monitor', 'int_monitor__series') }}
    where slice_name = '(all)'

),

day_bins as (

    select
        series_id,
        role,
        model_version,
        ruler_version,
        period_start,
        bin,
        row_count
    from {{ ref('model_monitor', 'int_monitor__bins') }}
    where grain = 'day'
        and slice_name = '(all)'

),

vanished as (

    select distinct
        {{ model_monitor.listed_columns('changes', place) }},
        changes.category,
        changes.ruler_version,
        changes.bin,
        series.series_id
    from changes
    inner join series
        on changes.monitor = series.monitor
        and changes.log = series.log
        and changes.subject = series.subject
    where changes.kind = 'vanished'

),

days_seen as (

    select distinct
        {{ model_monitor.listed_columns('vanished', place) }},
        vanished.category,
        vanished.ruler_version,
        day_bins.period_start
    from vanished
    inner join day_bins
        on vanished.series_id = day_bins.series_id
        and vanished.bin = day_bins.bin
        and vanished.ruler_version = day_bins.ruler_version
        and vanished.role = day_bins.role
        and vanished.model_version in (day_bins.model_version, '(all)')

),

last_seen as (

    select
        {{ model_monitor.listed_columns('changes', window) }},
        changes.category,
        max(days_seen.period_start) as last_seen_at
    from changes
    inner join days_seen
        on {{ model_monitor.joined_on('changes', 'days_seen', place) }}
        and changes.category = days_seen.category
        and changes.ruler_version = days_seen.ruler_version
        and changes.window_start > days_seen.period_start
    where changes.kind = 'vanished'
    group by {{ model_monitor.listed_columns('changes', window) }}, changes.category

),

dated as (

    select
        changes.*,
        case when changes.kind = 'new' then first_seen.first_seen_at end as first_seen_at,
        last_seen.last_seen_at
    from changes
    left join first_seen
        on {{ model_monitor.joined_on('changes', 'first_seen', place) }}
        and changes.category = first_seen.category
    left join last_seen
        on {{ model_monitor.joined_on('changes', 'last_seen', window) }}
        and changes.category = last_seen.category
        and changes.kind = 'vanished'

),

-- a new value that begins on the day on which another ends, or on the day after
window_pairs as (

    select
        {{ model_monitor.listed_columns('new_values', window) }},
        new_values.category as new_category,
        old_values.category as old_category,
        date_trunc('day', new_values.first_seen_at) as first_day,
        old_values.ruler_version,
        old_values.bin,
        new_values.row_count,
        new_values.all_rows
    from dated as new_values
    inner join dated as old_values
        on {{ model_monitor.joined_on('new_values', 'old_values', window) }}
        and old_values.kind = 'vanished'
        and old_values.last_seen_at <= new_values.first_seen_at
        and old_values.last_seen_at
        >= date_trunc('day', new_values.first_seen_at) - interval '1 day'
    where new_values.kind = 'new'

),

pairs as (

    select distinct
        {{ model_monitor.listed_columns('window_pairs', pair) }},
        window_pairs.ruler_version,
        window_pairs.bin,
        series.series_id
    from window_pairs
    inner join series
        on window_pairs.monitor = series.monitor
        and window_pairs.log = series.log
        and window_pairs.subject = series.subject

),

-- the four weeks before
earlier_days as (

    select
        {{ model_monitor.listed_columns('pairs', pair) }},
        day_bins.period_start,
        sum(case when day_bins.bin = -9 then day_bins.row_count else 0 end) as all_rows,
        sum(case when day_bins.bin = -9 then 0 else day_bins.row_count end) as row_count
    from pairs
    inner join day_bins
        on pairs.series_id = day_bins.series_id
        and pairs.ruler_version = day_bins.ruler_version
        and pairs.role = day_bins.role
        and pairs.model_version in (day_bins.model_version, '(all)')
        and (pairs.bin = day_bins.bin or day_bins.bin = -9)
        and pairs.first_day > day_bins.period_start
        and pairs.first_day <= day_bins.period_start + interval '28 days'
    group by {{ model_monitor.listed_columns('pairs', pair) }}, day_bins.period_start

),

earlier as (

    select
        {{ model_monitor.listed_columns('', pair) }},
        count(*) as day_count,
        sum(all_rows) as all_rows,
        sum(row_count) as row_count,
        {{ model_monitor.safe_divide('sum(row_count)', 'sum(all_rows)') }} as share
    from earlier_days
    group by {{ pair | join(', ') }}

),

-- how much more the share varies from day to day than if each row were drawn by itself
earlier_spreads as (

    select
        {{ model_monitor.listed_columns('earlier', pair) }},
        earlier.all_rows,
        earlier.row_count,
        earlier.share,
        greatest(1e0, coalesce({{ model_monitor.safe_divide(
            model_monitor.exact_sum(
                '(earlier_days.row_count - earlier_days.all_rows * earlier.share)'
                ~ ' * (earlier_days.row_count - earlier_days.all_rows * earlier.share)'
                ~ ' / earlier_days.all_rows'
            ),
            '(min(earlier.day_count) - 1) * earlier.share * (1 - earlier.share)'
        ) }}, 1e0)) as dispersion
    from earlier
    inner join earlier_days
        on {{ model_monitor.joined_on('earlier', 'earlier_days', pair) }}
    group by
        {{ model_monitor.listed_columns('earlier', pair) }},
        earlier.all_rows,
        earlier.row_count,
        earlier.share

),

compared as (

    select
        {{ model_monitor.listed_columns('window_pairs', window) }},
        window_pairs.new_category,
        window_pairs.old_category,
        earlier.share as earlier_share,
        abs({{ model_monitor.safe_divide('window_pairs.row_count', 'window_pairs.all_rows') }}
            - earlier.share) as gap,
        -- two samples of one share differ by more than this once in a thousand cases
        3.09 * sqrt(
            earlier.dispersion
            * {{ model_monitor.safe_divide(
                'earlier.row_count + window_pairs.row_count',
                '(earlier.all_rows + window_pairs.all_rows)'
            ) }}
            * (1 - {{ model_monitor.safe_divide(
                'earlier.row_count + window_pairs.row_count',
                '(earlier.all_rows + window_pairs.all_rows)'
            ) }})
            * ({{ model_monitor.safe_divide('1', 'earlier.all_rows') }}
                + {{ model_monitor.safe_divide('1', 'window_pairs.all_rows') }})
        ) as gap_limit
    from window_pairs
    inner join earlier_spreads as earlier
        on {{ model_monitor.joined_on('window_pairs', 'earlier', pair) }}

),

-- with a limit above half the share, anything would agree
agreeing as (

    select
        *,
        row_number() over (
            partition by {{ window | join(', ') }}, new_category
            order by
                {{ model_monitor.rounded('gap', 12) }} asc,
                {{ model_monitor.text_order('old_category') }} asc
        ) as old_place,
        row_number() over (
            partition by {{ window | join(', ') }}, old_category
            order by
                {{ model_monitor.rounded('gap', 12) }} asc,
                {{ model_monitor.text_order('new_category') }} asc
        ) as new_place
    from compared
    where gap <= gap_limit
        and gap_limit <= 0.5 * earlier_share

),

renamed as (

    select * from agreeing
    where old_place = 1
        and new_place = 1

),

final as (

    select
        dated.monitor,
        dated.log,
        dated.role,
        dated.model_version,
        dated.window_name,
        dated.window_start,
        dated.window_end,
        dated.subject,
        dated.category as value,
        dated.kind,
        dated.first_seen_at,
        cast(dated.last_seen_at as timestamp) as last_seen_at,
        dated.row_count,
        {{ model_monitor.safe_divide('dated.row_count', 'dated.all_rows') }} as share,
        -- what the rulers do not publish is not published here
        case when dated.kind = 'new' then cast(0 as {{ double }}) else rulers.reference_share end
            as reference_share,
        renamed.old_category as renamed_from
    from dated
    left join {{ ref('model_monitor', 'monitor_rulers') }} as rulers
        on dated.monitor = rulers.monitor
        and dated.log = rulers.log
        and dated.subject = rulers.subject
        and dated.ruler_version = rulers.ruler_version
        and dated.bin = rulers.bin
    left join renamed
        on {{ model_monitor.joined_on('dated', 'renamed', window) }}
        and dated.category = renamed.new_category
        and dated.kind = 'new'

)

select * from final
