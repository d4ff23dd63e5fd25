{#
    The new values that replaced a value of the reference: a new value that begins where another one
    ends, at the share that the other had in the four weeks before. `values` has one row per new or
    vanished value of a window, with first_seen_at and last_seen_at. `window` and `place` are the
    keys of a subject in a window and over time. `series` and `day_bins` hold the counts by day.
#}
{% macro renamed_category_rows(values, window, place) -%}
{%- set pair = place + ['new_category', 'old_category', 'first_day'] -%}
{%- set share_of_both = model_monitor.safe_divide(
    'earlier.row_count + window_pairs.row_count', '(earlier.all_rows + window_pairs.all_rows)'
) -%}
-- a new value that begins on the day on which another ends, or on the day after
with window_pairs as (

    select
        {{ model_monitor.listed_columns('new_values', window) }},
        new_values.category as new_category,
        old_values.category as old_category,
        date_trunc('day', new_values.first_seen_at) as first_day,
        old_values.ruler_version,
        old_values.bin,
        new_values.row_count,
        new_values.all_rows
    from {{ values }} as new_values
    inner join {{ values }} as old_values
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
        on {{ model_monitor.joined_on('window_pairs', 'series', ['monitor', 'log', 'subject']) }}

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
            earlier.dispersion * {{ share_of_both }} * (1 - {{ share_of_both }})
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

)

select * from agreeing
where old_place = 1
    and new_place = 1
{%- endmacro %}
