{#- The reference period of each log: training data, a configured period, or the log's own first
    seven complete days; up to four weeks if they have fewer rows than limits.min_rows. A period that
    a ruler was frozen from stays. -#}
{{ model_monitor.table_model() }}
{%- set facts = model_monitor.built_relation('int_monitor__reference_facts') %}

with declared as (

    {% set rows = [] %}
    {% for monitor in model_monitor.monitors() %}
        {% for log in monitor.logs %}
            {% set kind = model_monitor.reference_kind(monitor, log) %}
            {% do rows.append([
                model_monitor.text_literal(monitor.name),
                model_monitor.text_literal(log.name),
                model_monitor.text_literal(kind),
                model_monitor.text_literal(model_monitor.vocabulary_kind(monitor, log)),
                model_monitor.text_literal(monitor.reference['from']) if kind == 'period' else 'null',
                model_monitor.text_literal(monitor.reference['to']) if kind == 'period' else 'null',
            ]) %}
        {% endfor %}
    {% endfor %}
    {{ model_monitor.literal_rows([
        ['monitor', model_monitor.type_text()],
        ['log', model_monitor.type_text()],
        ['reference_kind', model_monitor.type_text()],
        ['vocabulary_kind', model_monitor.type_text()],
        ['declared_from', 'timestamp'],
        ['declared_to', 'timestamp'],
    ], rows) | indent(4) }}

),

watermarks as (

    select * from {{ ref('model_monitor', 'int_monitor__watermarks') }}

),

periods as (

    select
        *,
        {{ model_monitor.is_whole_day() }} as is_whole
    from {{ ref('model_monitor', 'int_monitor__periods') }}

),

-- A day starts the reference if most of the following week exists. A stray early row is no start.
following_days as (

    select
        periods.monitor,
        periods.log,
        periods.period_start,
        periods.is_whole,
        count(*) as days_in_week
    from periods
    inner join periods as week
        on periods.monitor = week.monitor
        and periods.log = week.log
        and week.period_start >= periods.period_start
        and week.period_start < periods.period_start + interval '7 days'
    group by
        periods.monitor,
        periods.log,
        periods.period_start,
        periods.is_whole

),

first_days as (

    select
        monitor,
        log,
        min(period_start) as first_day
    from following_days
    where days_in_week >= 5
        and is_whole
    group by monitor, log

),

frozen as (

    {% if facts is none %}
    select
        monitor,
        log,
        first_day as frozen_from,
        first_day as frozen_to
    from first_days
    where 1 = 0
    {% else %}
    select
        monitor,
        log,
        frozen_from,
        min(frozen_to) as frozen_to
    from {{ facts }}
    group by monitor, log, frozen_from
    {% endif %}

),

open_logs as (

    select
        first_days.monitor,
        first_days.log,
        first_days.first_day,
        watermarks.complete_through
    from first_days
    inner join watermarks
        on first_days.monitor = watermarks.monitor
        and first_days.log = watermarks.log
    left join frozen
        on first_days.monitor = frozen.monitor
        and first_days.log = frozen.log
        and first_days.first_day = frozen.frozen_from
    where frozen.monitor is null

),

-- the first weeks, until a ruler is frozen from them
first_weeks as (

    {% for monitor in model_monitor.monitors() %}
    {% for log in monitor.logs if model_monitor.reference_kind(monitor, log) == 'first_days' %}
    {{ model_monitor.first_week_counts(monitor, log) | indent(4) }}
    union all
    {% endfor %}
    {% endfor %}
    select
        monitor,
        log,
        1 as weeks
    from first_days
    where 1 = 0

),

reference_days as (

    select
        first_days.monitor,
        first_days.log,
        first_days.first_day,
        coalesce(
            frozen.frozen_to,
            first_days.first_day + coalesce(first_weeks.weeks, 1) * interval '7 days'
        ) as last_day
    from first_days
    left join frozen
        on first_days.monitor = frozen.monitor
        and first_days.log = frozen.log
        and first_days.first_day = frozen.frozen_from
    left join first_weeks
        on first_days.monitor = first_weeks.monitor
        and first_days.log = first_weeks.log

),

bounds as (

    select
        declared.monitor,
        declared.log,
        declared.reference_kind,
        case declared.reference_kind
            when 'period' then declared.declared_from
            when 'first_days' then reference_days.first_day
        end as reference_from,
        case declared.reference_kind
            when 'period' then declared.declared_to
            when 'first_days' then reference_days.last_day
        end as reference_to,
        declared.vocabulary_kind,
        reference_days.first_day as vocabulary_from,
        reference_days.last_day as vocabulary_to,
        watermarks.complete_through
    from declared
    inner join watermarks
        on declared.monitor = watermarks.monitor
        and declared.log = watermarks.log
    left join reference_days
        on declared.monitor = reference_days.monitor
        and declared.log = reference_days.log

),

final as (

    select
        monitor,
        log,
        reference_kind,
        reference_from,
        reference_to,
        vocabulary_from,
        vocabulary_to,
        coalesce(
            reference_kind = 'training' or reference_to <= complete_through, false
        ) as is_ready,
        case
            when vocabulary_kind = 'first_days'
                then coalesce(vocabulary_to <= complete_through, false)
            else coalesce(reference_kind = 'training' or reference_to <= complete_through, false)
        end as is_vocabulary_ready
    from bounds

)

select * from final
