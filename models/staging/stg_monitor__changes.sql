{#- Known changes and expected events, from the relation under policy: changes, as known at as_of. A
    recurring change has one row per occurrence that has begun. -#}
{{ model_monitor.view_model() }}
{%- set as_of = model_monitor.as_of_timestamp() %}
{%- set names = [] %}
{%- for monitor in model_monitor.monitors() %}
    {%- do names.append([model_monitor.text_literal(monitor.name)]) %}
{%- endfor %}
{%- set always = "cast('1970-01-01' as timestamp)" %}
{%- set seconds = dbt.datediff('current_rows.started_at', 'current_rows.ended_at', 'second') %}

with noted as (

    {{ model_monitor.policy_rows('changes', [
        ['change_id', model_monitor.type_text()],
        ['monitor', model_monitor.type_text()],
        ['kind', model_monitor.type_text()],
        ['name', model_monitor.type_text()],
        ['model_version', model_monitor.type_text()],
        ['subject', model_monitor.type_text()],
        ['slice_name', model_monitor.type_text()],
        ['slice_value', model_monitor.type_text()],
        ['started_at', 'timestamp'],
        ['ended_at', 'timestamp'],
        ['recurs', model_monitor.type_text()],
        ['expected_effect', model_monitor.type_text()],
        ['description', model_monitor.type_text()],
        ['valid_from', 'timestamp'],
    ]) | indent(4) }}

),

known_rows as (

    select
        *,
        max(coalesce(valid_from, {{ always }})) over (partition by monitor, change_id)
            as newest_from
    from noted
    where coalesce(valid_from, {{ always }}) <= {{ as_of }}

),

-- a row with the same id and a later valid_from replaces the earlier one
current_rows as (

    select
        *,
        lower(trim(recurs)) as recurs_every,
        case when lower(trim(recurs)) in ('weekly', 'monthly', 'yearly') then 4000 else 0 end
            as most_repeats
    from known_rows
    where change_id is null
        or coalesce(valid_from, {{ always }}) = newest_from

),

-- each counted from the first occurrence: the 31st becomes the last day of every month and
-- stays the 31st
dated as (

    select
        current_rows.*,
        numbers.day_number as occurrence,
        case current_rows.recurs_every
            when 'weekly'
                then {{ dbt.dateadd('day', '7 * numbers.day_number', 'current_rows.started_at') }}
            when 'monthly'
                then {{ dbt.dateadd('month', 'numbers.day_number', 'current_rows.started_at') }}
            when 'yearly'
                then {{ dbt.dateadd('year', 'numbers.day_number', 'current_rows.started_at') }}
            else current_rows.started_at
        end as occurred_at,
        {{ seconds }} as duration_seconds
    from current_rows
    inner join ({{ model_monitor.recent_days(4000) }}) as numbers
        on numbers.day_number <= current_rows.most_repeats

),

monitors as (

    {{ model_monitor.literal_rows(
        [['known', model_monitor.type_text()]], names
    ) | indent(4) }}

),

-- a change without a monitor, or with several, applies to each of them
final as (

    select
        change_id,
        coalesce(monitors.known, dated.monitor) as monitor,
        -- a change without a kind is a change all the same
        coalesce(nullif(lower(trim(kind)), ''), 'change') as kind,
        nullif(trim(name), '') as name,
        model_version,
        subject,
        slice_name,
        slice_value,
        cast(occurred_at as timestamp) as started_at,
        cast(
            {{ dbt.dateadd('second', 'duration_seconds', 'occurred_at') }} as timestamp
        ) as ended_at,
        recurs_every as recurs,
        nullif(lower(trim(expected_effect)), '') as expected_effect,
        description,
        valid_from
    from dated
    left join monitors
        on {{ model_monitor.fits_pattern('monitors.known', 'dated.monitor') }}
    where occurrence = 0
        or occurred_at <= {{ as_of }}

)

select * from final
