{#- The comparisons of the touched windows that are worth splitting into segments: overall
    comparisons that moved, and those of every score. Hours do not store small slices, so their
    slices do not add up to all rows. -#}
{{ model_monitor.table_model() }}

with comparisons as (

    select * from {{ ref('model_monitor', 'int_monitor__comparisons') }}

),

final as (

    select
        touched.monitor,
        touched.log,
        series.subject,
        subjects.subject_type,
        comparisons.comparison_id,
        comparisons.window_id,
        comparisons.series_id,
        comparisons.subject_id,
        comparisons.role,
        comparisons.model_version,
        comparisons.ruler_version,
        comparisons.baseline,
        comparisons.baseline_version,
        comparisons.weekday,
        distances.psi >= {{ model_monitor.large_psi("'(all)'") }} as is_moved,
        comparisons.row_count,
        comparisons.baseline_row_count
    from comparisons
    inner join {{ ref('model_monitor', 'int_monitor__touched_windows') }} as touched
        on comparisons.window_id = touched.window_id
        and touched.grain = 'day'
    inner join {{ ref('model_monitor', 'int_monitor__series') }} as series
        on comparisons.series_id = series.series_id
        and series.slice_name = '(all)'
    inner join {{ ref('model_monitor', 'int_monitor__subjects') }} as subjects
        on series.monitor = subjects.monitor
        and series.log = subjects.log
        and series.subject = subjects.subject
        -- a slice column is itself the mix
        and subjects.subject_kind <> 'context'
    inner join {{ ref('model_monitor', 'int_monitor__group_distances') }} as distances
        on comparisons.comparison_id = distances.comparison_id
    where comparisons.is_sufficient
        and (
            subjects.subject_kind = 'score'
            or distances.psi >= {{ model_monitor.large_psi("'(all)'") }}
        )

)

select * from final
