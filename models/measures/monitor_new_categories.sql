{{ model_monitor.table_model() }}
{%- set double = model_monitor.type_double() %}
{%- set place = ['monitor', 'log', 'role', 'model_version', 'subject'] %}
{%- set window = place + ['window_name', 'window_end'] %}

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

renamed as (

    {{ model_monitor.renamed_category_rows('dated', window, place) | indent(4) }}

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
