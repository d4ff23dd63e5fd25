{{ model_monitor.history_model(
    strategy='delete+insert',
    unique_key=['monitor', 'log', 'subject', 'ruler_version']
) }}
{#- A replaced ruler stays here as inactive, because past results were measured with it. -#}

with rulers as (

    select
        rulers.monitor,
        rulers.log,
        rulers.subject,
        rulers.ruler_version,
        rulers.frozen_from,
        rulers.frozen_to,
        rulers.definition = subjects.definition as is_active,
        subjects.is_protected
    from {{ ref('model_monitor', 'int_monitor__ruler_subjects') }} as rulers
    inner join {{ ref('model_monitor', 'int_monitor__subjects') }} as subjects
        on rulers.monitor = subjects.monitor
        and rulers.log = subjects.log
        and rulers.subject = subjects.subject

),

reference_counts as (

    select
        monitor,
        log,
        subject,
        ruler_version,
        bin,
        sum(row_count) as row_count
    from {{ ref('model_monitor', 'int_monitor__reference_bins') }}
    where slice_name = '(all)'
    group by monitor, log, subject, ruler_version, bin

),

all_rows as (

    select * from reference_counts where bin = -9

),

current_rulers as (

    select
        rulers.monitor,
        rulers.log,
        rulers.subject,
        rulers.ruler_version,
        labels.bin,
        labels.bin_kind,
        labels.bin_group,
        labels.lower_edge as lower,
        labels.upper_edge as upper,
        labels.bin_label,
        cast(case
            when all_rows.row_count is not null then coalesce(reference_counts.row_count, 0)
        end as bigint) as reference_count,
        {{ model_monitor.safe_divide(
            'coalesce(reference_counts.row_count, 0)', 'all_rows.row_count'
        ) }} as reference_share,
        cast(rulers.frozen_from as timestamp) as frozen_from,
        cast(rulers.frozen_to as timestamp) as frozen_to,
        rulers.is_active,
        rulers.is_protected,
        monitors.min_cell,
        all_rows.row_count as all_rows,
        {{ model_monitor.safe_divide('outcomes.event_count', 'outcomes.row_count') }}
            as reference_event_rate
    from rulers
    inner join {{ ref('model_monitor', 'int_monitor__bin_labels') }} as labels
        on rulers.monitor = labels.monitor
        and rulers.log = labels.log
        and rulers.subject = labels.subject
        and rulers.ruler_version = labels.ruler_version
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on rulers.monitor = monitors.monitor
    left join reference_counts
        on labels.monitor = reference_counts.monitor
        and labels.log = reference_counts.log
        and labels.subject = reference_counts.subject
        and labels.ruler_version = reference_counts.ruler_version
        and labels.bin = reference_counts.bin
    left join all_rows
        on rulers.monitor = all_rows.monitor
        and rulers.log = all_rows.log
        and rulers.subject = all_rows.subject
        and rulers.ruler_version = all_rows.ruler_version
    left join {{ ref('model_monitor', 'int_monitor__calibration_maps') }} as outcomes
        on labels.monitor = outcomes.monitor
        and labels.log = 'predictions'
        and labels.subject = outcomes.score
        || case when outcomes.class <> '(binary)' then '.' || outcomes.class else '' end
        and labels.ruler_version = outcomes.ruler_version
        and labels.bin = outcomes.bin
    where labels.bin < 1000

),

checked as (

    select
        *,
        -- a reference that is not counted yet has no numbers to hide
        not is_protected
        and (reference_count is null or {{ model_monitor.is_publishable(
            'reference_count', 'all_rows', ['monitor', 'log', 'subject', 'ruler_version'], 'bin'
        ) }}) as is_published
    from current_rulers

),

final as (

    select
        monitor,
        log,
        subject,
        ruler_version,
        bin,
        bin_kind,
        bin_group,
        lower,
        upper,
        bin_label,
        case when is_published then reference_count end as reference_count,
        case when is_published then reference_share end as reference_share,
        frozen_from,
        frozen_to,
        is_active,
        case when is_published then reference_event_rate end as reference_event_rate
    from checked

    {% if model_monitor.has_history() %}
    union all

    select
        earlier.monitor,
        earlier.log,
        earlier.subject,
        earlier.ruler_version,
        earlier.bin,
        earlier.bin_kind,
        earlier.bin_group,
        earlier.lower,
        earlier.upper,
        earlier.bin_label,
        earlier.reference_count,
        earlier.reference_share,
        earlier.frozen_from,
        earlier.frozen_to,
        false as is_active,
        earlier.reference_event_rate
    from {{ this }} as earlier
    left join rulers
        on earlier.monitor = rulers.monitor
        and earlier.log = rulers.log
        and earlier.subject = rulers.subject
        and earlier.ruler_version = rulers.ruler_version
    where earlier.is_active
        and rulers.monitor is null
    {% endif %}

)

select * from final
