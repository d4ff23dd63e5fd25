{#- The reference period of each log: training data, a configured period, or the log's own first
    seven complete days. -#}
{{ model_monitor.table_model() }}

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

bounds as (

    select
        declared.monitor,
        declared.log,
        declared.reference_kind,
        case declared.reference_kind
            when 'period' then declared.declared_from
            when 'first_days' then first_days.first_day
        end as reference_from,
        case declared.reference_kind
            when 'period' then declared.declared_to
            when 'first_days' then first_days.first_day + interval '7 days'
        end as reference_to,
        declared.vocabulary_kind,
        first_days.first_day as vocabulary_from,
        first_days.first_day + interval '7 days' as vocabulary_to,
        watermarks.complete_through
    from declared
    inner join watermarks
        on declared.monitor = watermarks.monitor
        and declared.log = watermarks.log
    left join first_days
        on declared.monitor = first_days.monitor
        and declared.log = first_days.log

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
