{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'window_name', 'window_end'],
    replaced_by='int_monitor__touched_windows'
) }}
{#- The values that the reference lacks and a window has, and the reverse, over all rows. -#}
-- depends_on: {{ ref('model_monitor', 'int_monitor__touched_windows') }}
{%- set counted = [
    'role', 'model_version', 'monitor', 'log', 'subject', 'ruler_version', 'category',
] %}
{%- set change = [
    'monitor', 'log', 'role', 'model_version', 'window_name', 'window_start', 'window_end',
    'subject', 'ruler_version', 'category',
] %}
{%- set subject = ['monitor', 'log', 'subject'] %}
{%- set window = ['window_id', 'series_id', 'role', 'model_version'] %}
{%- set story = ['window_id', 'role', 'model_version', 'subject'] %}

with touched as (

    select * from {{ ref('model_monitor', 'int_monitor__touched_windows') }}
    where grain = 'day'

),

catalogues as (

    select * from {{ ref('model_monitor', 'int_monitor__ruler_categories') }}

),

-- A reference without the column has no values, so nothing is new to it. The values of a protected
-- column are its groups.
series as (

    select
        series.monitor,
        series.log,
        series.subject,
        series.series_id,
        rulers.ruler_version,
        monitors.min_cell,
        monitors.categories
    from {{ ref('model_monitor', 'int_monitor__series') }} as series
    inner join {{ ref('model_monitor', 'int_monitor__subjects') }} as subjects
        on {{ model_monitor.joined_on('series', 'subjects', subject) }}
    inner join {{ ref('model_monitor', 'int_monitor__ruler_subjects') }} as rulers
        on {{ model_monitor.joined_on('series', 'rulers', subject) }}
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on series.monitor = monitors.monitor
    inner join (
        select distinct monitor, log, subject from catalogues
    ) as known
        on {{ model_monitor.joined_on('series', 'known', subject) }}
    where series.slice_name = '(all)'
        and subjects.subject_type = 'categorical'
        and not subjects.is_protected

),

ruled as (

    select
        {{ model_monitor.listed_columns('sums', window) }},
        min(sums.ruler_version) as ruler_version,
        max(sums.row_count) as row_count,
        max(sums.missing_count) as missing_count,
        max(sums.unseen_count) as unseen_count
    from {{ ref('model_monitor', 'int_monitor__window_sums') }} as sums
    inner join touched
        on sums.window_id = touched.window_id
    where sums.series_id in (select series_id from series)
    group by {{ model_monitor.listed_columns('sums', window) }}
    -- a window that two rulers counted has no single catalogue
    having min(sums.ruler_version) = max(sums.ruler_version)

),

windows as (

    select
        touched.monitor,
        touched.log,
        touched.window_name,
        touched.window_start,
        touched.window_end,
        {{ model_monitor.listed_columns('ruled', window) }},
        series.subject,
        ruled.ruler_version,
        ruled.row_count as all_rows,
        ruled.row_count - ruled.missing_count as value_count,
        ruled.unseen_count,
        series.min_cell,
        series.categories
    from ruled
    inner join series
        on ruled.series_id = series.series_id
        and ruled.ruler_version = series.ruler_version
    inner join touched
        on ruled.window_id = touched.window_id

),

bins as (

    select
        windows.*,
        window_bins.bin,
        window_bins.row_count
    from windows
    inner join {{ ref('model_monitor', 'int_monitor__window_bins') }} as window_bins
        on {{ model_monitor.joined_on('windows', 'window_bins', window) }}

),

-- the values of a bin whose count is hidden are hidden too
unseen_bins as (

    select *
    from (
        select
            *,
            {{ model_monitor.is_publishable('row_count', 'all_rows', story, 'bin') }}
                as is_published
        from bins
        where row_count > 0
    ) as checked
    where bin = -3
        and is_published

),

by_version as (

    select
        window_periods.window_id,
        {{ model_monitor.listed_columns('unseen', counted) }},
        sum(unseen.row_count) as row_count
    from {{ ref('model_monitor', 'int_monitor__window_periods') }} as window_periods
    inner join {{ ref('model_monitor', 'int_monitor__unseen_values') }} as unseen
        on window_periods.monitor = unseen.monitor
        and window_periods.log = unseen.log
        and window_periods.period_time = unseen.period_start
    where window_periods.grain = 'day'
    group by window_periods.window_id, {{ model_monitor.listed_columns('unseen', counted) }}

),

named_counts as (

    select * from by_version

    union all

    select
        window_id,
        role,
        '(all)' as model_version,
        {{ model_monitor.listed_columns('', counted[2:]) }},
        sum(row_count) as row_count
    from by_version
    where role = 'live'
    group by window_id, role, {{ model_monitor.listed_columns('', counted[2:]) }}

),

named as (

    select
        {{ model_monitor.listed_columns('unseen_bins', change[:-1]) }},
        unseen_bins.window_id,
        unseen_bins.all_rows,
        unseen_bins.unseen_count,
        unseen_bins.min_cell,
        unseen_bins.categories,
        named_counts.category,
        named_counts.row_count
    from unseen_bins
    inner join named_counts
        on {{ model_monitor.joined_on('unseen_bins', 'named_counts', story + ['ruler_version']) }}

),

new_values as (

    select
        *,
        {{ model_monitor.is_publishable(
            'row_count', 'unseen_count', story, model_monitor.text_order('category')
        ) }} as is_published,
        row_number() over (
            partition by {{ story | join(', ') }}
            order by row_count desc, {{ model_monitor.text_order('category') }} asc
        ) as place
    from named

),

frequent as (

    {{ model_monitor.frequent_category_rows() | indent(4) }}

),

-- at the share of the reference, min_cell rows or more would have the value
vanished_values as (

    select
        windows.*,
        frequent.category,
        frequent.bin
    from windows
    inner join frequent
        on windows.series_id = frequent.series_id
        and windows.ruler_version = frequent.ruler_version
        and windows.value_count * frequent.share >= windows.min_cell
    left join bins
        on {{ model_monitor.joined_on('windows', 'bins', window) }}
        and frequent.bin = bins.bin
        and bins.row_count > 0
    where bins.bin is null

),

final as (

    select
        {{ model_monitor.listed_columns('', change) }},
        cast(null as integer) as bin,
        'new' as kind,
        cast(row_count as bigint) as row_count,
        cast(all_rows as bigint) as all_rows
    from new_values
    where is_published
        and place <= categories

    union all

    select
        {{ model_monitor.listed_columns('', change) }},
        bin,
        'vanished' as kind,
        cast(0 as bigint) as row_count,
        cast(all_rows as bigint) as all_rows
    from vanished_values

)

select * from final
