{#- Append-only: every countable series, one subject of one slice value, with its id. The id is a
    digest of the names, so a series has the same id in every run and history. -#}
{{ model_monitor.history_model(strategy='append') }}

with slice_values as (

    select
        monitor,
        log,
        slice_name,
        slice_value
    from {{ ref('model_monitor', 'int_monitor__vocabulary') }}

    union

    select
        monitor,
        log,
        slice_name,
        '(other)' as slice_value
    from {{ ref('model_monitor', 'int_monitor__slices') }}

    union

    select
        monitor,
        log,
        '(all)' as slice_name,
        '(all)' as slice_value
    from {{ ref('model_monitor', 'int_monitor__logs') }}

),

numbered as (

    select
        slice_values.monitor,
        slice_values.log,
        slice_values.slice_name,
        slice_values.slice_value,
        subjects.subject,
        {{ model_monitor.key_number([
            'slice_values.monitor', 'slice_values.log', 'slice_values.slice_name',
            'slice_values.slice_value', 'subjects.subject',
        ]) }} as series_id,
        {{ model_monitor.key_number(
            ['subjects.monitor', 'subjects.log', 'subjects.subject']
        ) }} as subject_id
    from slice_values
    inner join {{ ref('model_monitor', 'int_monitor__subjects') }} as subjects
        on slice_values.monitor = subjects.monitor
        and slice_values.log = subjects.log

),

final as (

    select
        monitor,
        log,
        slice_name,
        slice_value,
        subject,
        series_id,
        subject_id
    from numbered
    {%- if model_monitor.has_history() %}
    where series_id not in (select earlier.series_id from {{ this }} as earlier)
    {%- endif %}

)

select * from final
