{#- Append-only: the facts behind a frozen ruler never change. -#}
{{ model_monitor.history_model(strategy='append') }}
{% set rebuild = model_monitor.rebuild_request() %}

with subjects as (

    select * from {{ ref('model_monitor', 'int_monitor__subjects') }}

),

reference_windows as (

    select * from {{ ref('model_monitor', 'int_monitor__reference_windows') }}

),

frozen as (

    {% if model_monitor.has_history() %}
    select
        monitor,
        log,
        subject,
        max(ruler_version) as ruler_version
    from {{ this }}
    group by monitor, log, subject
    {% else %}
    select
        monitor,
        log,
        subject,
        0 as ruler_version
    from subjects
    where 1 = 0
    {% endif %}

),

pending as (

    select
        subjects.monitor,
        subjects.log,
        subjects.subject,
        subjects.subject_type,
        subjects.definition,
        subjects.min_allowed,
        subjects.max_allowed,
        subjects.stale_above,
        subjects.low_confidence,
        coalesce(frozen.ruler_version, 0) + 1 as ruler_version,
        watermarks.previous_run_number + 1 as frozen_run,
        reference_windows.reference_from,
        reference_windows.reference_to
    from subjects
    inner join {{ ref('model_monitor', 'int_monitor__watermarks') }} as watermarks
        on subjects.monitor = watermarks.monitor
        and subjects.log = watermarks.log
    inner join reference_windows
        on subjects.monitor = reference_windows.monitor
        and subjects.log = reference_windows.log
    left join frozen
        on subjects.monitor = frozen.monitor
        and subjects.log = frozen.log
        and subjects.subject = frozen.subject
    where reference_windows.is_ready
        and (
            frozen.subject is null
            {%- if rebuild['subjects'] %}
            or (
                subjects.subject in ({{ model_monitor.text_literals(rebuild['subjects']) }})
                {%- if rebuild['monitor'] %}
                and subjects.monitor = {{ model_monitor.text_literal(rebuild['monitor']) }}
                {%- endif %}
            )
            {%- endif %}
        )

),

read_facts as (

    {% for monitor in model_monitor.monitors() %}
    {% for log in monitor.logs %}
    select * from {{ model_monitor.reference_facts(monitor, log) }}
    union all
    {% endfor %}
    {% endfor %}
    select
        cast(null as {{ model_monitor.type_text() }}) as monitor,
        cast(null as {{ model_monitor.type_text() }}) as log,
        cast(null as {{ model_monitor.type_text() }}) as subject,
        cast(null as {{ model_monitor.type_text() }}) as fact,
        cast(null as {{ model_monitor.type_text() }}) as name,
        cast(null as {{ model_monitor.type_double() }}) as value,
        cast(null as bigint) as row_count
    from (select 1 as nothing) as no_monitor
    where 1 = 0

),

-- configured edges are frozen with the rest, so a later change cannot move a bin
asked_edges as (

    {% set rows = [] %}
    {% for monitor in model_monitor.monitors() %}
        {% for log in monitor.logs %}
            {% for subject in log.subjects %}
                {% for threshold in subject.thresholds or [] %}
                    {% do rows.append([
                        model_monitor.text_literal(monitor.name),
                        model_monitor.text_literal(log.name),
                        model_monitor.text_literal(subject.name),
                        "'threshold'",
                        'null',
                        threshold,
                    ]) %}
                {% endfor %}
                {% for allowed in subject['values'] or [] %}
                    {% do rows.append([
                        model_monitor.text_literal(monitor.name),
                        model_monitor.text_literal(log.name),
                        model_monitor.text_literal(subject.name),
                        "'allowed'",
                        model_monitor.text_literal(allowed),
                        'null',
                    ]) %}
                {% endfor %}
            {% endfor %}
        {% endfor %}
    {% endfor %}
    {{ model_monitor.literal_rows([
        ['monitor', model_monitor.type_text()],
        ['log', model_monitor.type_text()],
        ['subject', model_monitor.type_text()],
        ['fact', model_monitor.type_text()],
        ['name', model_monitor.type_text()],
        ['value', model_monitor.type_double()],
    ], rows) | indent(4) }}

),

facts as (

    select monitor, log, subject, fact, name, value, row_count
    from read_facts
    union all
    select monitor, log, subject, fact, name, value, cast(null as bigint) as row_count
    from asked_edges
    union all
    select
        monitor, log, subject, 'min_allowed' as fact, null as name, min_allowed as value,
        null as row_count
    from pending
    where min_allowed is not null
    union all
    select
        monitor, log, subject, 'max_allowed' as fact, null as name, max_allowed as value,
        null as row_count
    from pending
    where max_allowed is not null
    union all
    select
        monitor, log, subject, 'stale_above' as fact, null as name, stale_above as value,
        null as row_count
    from pending
    where stale_above is not null
    union all
    select
        monitor, log, subject, 'low_confidence' as fact, null as name, low_confidence as value,
        null as row_count
    from pending
    where low_confidence is not null
    union all
    select monitor, log, subject, 'zero' as fact, null as name, 0.0 as value, null as row_count
    from pending
    where subject_type = 'numeric'
    union all
    select monitor, log, subject, 'frozen' as fact, null as name, null as value, null as row_count
    from pending
    union all
    select
        pending.monitor, pending.log, pending.subject, 'type' as fact, types.type_kind as name,
        null as value, null as row_count
    from pending
    inner join {{ ref('model_monitor', 'int_monitor__subject_types') }} as types
        on pending.monitor = types.monitor
        and pending.log = types.log
        and pending.subject = types.subject
    where types.type_kind is not null

),

final as (

    select
        facts.monitor,
        facts.log,
        facts.subject,
        pending.definition,
        cast(pending.ruler_version as integer) as ruler_version,
        {{ model_monitor.as_of_timestamp() }} as frozen_as_of,
        pending.frozen_run,
        pending.reference_from as frozen_from,
        pending.reference_to as frozen_to,
        facts.fact,
        facts.name,
        cast(facts.value as {{ model_monitor.type_double() }}) as value,
        cast(facts.row_count as bigint) as row_count
    from facts
    inner join pending
        on facts.monitor = pending.monitor
        and facts.log = pending.log
        and facts.subject = pending.subject

)

select * from final
