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
{%- set story = ['window_id', 'role', 'model_version', 'subject'] %}

with touched as (

    select * from {{ ref('model_monitor', 'int_monitor__touched_windows') }}
    where grain = 'day'

),

catalogues as (

    select
        monitor,
        log,
        subject,
        category,
        bin,
        is_kept
    from {{ ref('model_monitor', 'int_monitor__ruler_categories') }}

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
        on series.monitor = subjects.monitor
        and series.log = subjects.log
        and series.subject = subjects.subject
    inner join {{ ref('model_monitor', 'int_monitor__ruler_subjects') }} as rulers
        on series.monitor = rulers.monitor
        and series.log = rulers.log
        and series.subject = rulers.subject
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on series.monitor = monitors.monitor
    inner join (
        select distinct
            monitor,
            log,
            subject
        from catalogues
    ) as known
        on series.monitor = known.monitor
        and series.log = known.log
        and series.subject = known.subject
    where series.slice_name = '(all)'
        and subjects.subject_type = 'categorical'
        and not subjects.is_protected

),

ruled as (

    select
        sums.role,
        sums.model_version,
        sums.window_id,
        sums.series_id,
        min(sums.ruler_version) as ruler_version,
        max(sums.row_count) as row_count,
        max(sums.missing_count) as missing_count,
        max(sums.unseen_count) as unseen_count
    from {{ ref('model_monitor', 'int_monitor__window_sums') }} as sums
    inner join touched
        on sums.window_id = touched.window_id
    where sums.series_id in (select series_id from series)
    group by sums.role, sums.model_version, sums.window_id, sums.series_id
    -- a window that two rulers counted has no single catalogue
    having min(sums.ruler_version) = max(sums.ruler_version)

),

windows as (

    select
        touched.monitor,
        touched.log,
        ruled.role,
        ruled.model_version,
        touched.window_name,
        touched.window_start,
        touched.window_end,
        ruled.window_id,
        ruled.series_id,
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
        on windows.window_id = window_bins.window_id
        and windows.series_id = window_bins.series_id
        and windows.role = window_bins.role
        and windows.model_version = window_bins.model_version

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
        monitor,
        log,
        subject,
        ruler_version,
        category,
        sum(row_count) as row_count
    from by_version
    where role = 'live'
    group by window_id, role, monitor, log, subject, ruler_version, category

),

named as (

    select
        unseen_bins.monitor,
        unseen_bins.log,
        unseen_bins.role,
        unseen_bins.model_version,
        unseen_bins.window_name,
        unseen_bins.window_start,
        unseen_bins.window_end,
        unseen_bins.window_id,
        unseen_bins.subject,
        unseen_bins.all_rows,
        unseen_bins.unseen_count,
        unseen_bins.min_cell,
        unseen_bins.categories,
        unseen_bins.ruler_version,
        named_counts.category,
        named_counts.row_count
    from unseen_bins
    inner join named_counts
        on unseen_bins.window_id = named_counts.window_id
        and unseen_bins.role = named_counts.role
        and unseen_bins.model_version = named_counts.model_version
        and unseen_bins.subject = named_counts.subject
        and unseen_bins.ruler_version = named_counts.ruler_version

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

reference_counts as (

    select
        series_id,
        ruler_version,
        bin,
        sum(row_count) as row_count
    from {{ ref('model_monitor', 'int_monitor__reference_bins') }}
    where series_id in (select series_id from series)
        and (bin >= 0 or bin in (-1, -9))
    group by series_id, ruler_version, bin

),

reference_rows as (

    select
        series_id,
        ruler_version,
        sum(case when bin = -9 then row_count else -row_count end) as value_count
    from reference_counts
    where bin in (-1, -9)
    group by series_id, ruler_version

),

-- the values of at least 1% of the rows that have one: fewer are missing by chance on a short day
frequent as (

    select
        series.series_id,
        series.ruler_version,
        catalogues.category,
        catalogues.bin,
        {{ model_monitor.safe_divide('counts.row_count', 'reference_rows.value_count') }} as share
    from series
    inner join catalogues
        on series.monitor = catalogues.monitor
        and series.log = catalogues.log
        and series.subject = catalogues.subject
        and catalogues.is_kept
    inner join reference_counts as counts
        on series.series_id = counts.series_id
        and series.ruler_version = counts.ruler_version
        and catalogues.bin = counts.bin
    inner join reference_rows
        on series.series_id = reference_rows.series_id
        and series.ruler_version = reference_rows.ruler_version
    where counts.row_count >= series.min_cell
        and counts.row_count * 100 >= reference_rows.value_count

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
        on windows.window_id = bins.window_id
        and windows.series_id = bins.series_id
        and windows.role = bins.role
        and windows.model_version = bins.model_version
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
