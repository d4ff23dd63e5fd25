{{ config(materialized='table') }}
{#- The rules in force: the package's, changed or added to by policy: alert_rules, column by column.
    A row with a slip keeps a problem in words and judges nothing. -#}
{% set words = ['enabled', 'monitor', 'log', 'family', 'subject', 'subject_kind', 'importance',
    'metric', 'baseline', 'window_name', 'model_version', 'slice_name', 'slice_value', 'kind',
    'direction', 'warn', 'critical', 'for_windows', 'clear_windows', 'min_rows',
    'false_alarms_per_monitor_28d', 'owner', 'runbook', 'dashboard', 'is_safety', 'rule_version',
    'description'] %}
{% set families = model_monitor.judged_metrics() %}
{% set known = [] %}
{% for monitor in model_monitor.monitors() %}{% do known.append(monitor.name) %}{% endfor %}

with defaults as (

    select * from {{ ref('model_monitor', 'monitor_alert_rules') }}

),

own as (

    {{ model_monitor.own_alert_rules() | indent(4) }}

),

merged as (

    select
        own.rule_id,
        own.valid_from,
        defaults.rule_id is not null as is_default,
        true as is_own
        {%- for word in words %},
        coalesce(nullif(trim(own.{{ word }}), ''), defaults.{{ word }}) as {{ word }}
        {%- endfor %}
    from own
    left join defaults
        on own.rule_id = defaults.rule_id
    where own.rule_id is not null

    union all

    select
        rule_id,
        valid_from,
        true as is_default,
        false as is_own
        {%- for word in words %},
        {{ word }}
        {%- endfor %}
    from defaults
    where not exists (
        select 1
        from own
        where own.rule_id = defaults.rule_id
            and coalesce(trim(own.valid_from), '') = ''
    )

),

typed as (

    select
        rule_id,
        is_default,
        is_own,
        lower(coalesce(enabled, 'true')) in ('true', 't', '1', 'yes') as enabled,
        monitor,
        log,
        family,
        subject,
        subject_kind,
        importance,
        metric,
        baseline,
        coalesce(window_name, 'day') as window_name,
        model_version,
        slice_name,
        slice_value,
        coalesce(kind, 'static') as kind,
        coalesce(direction, 'above') as direction,
        {{ model_monitor.try_double('warn') }} as warn,
        {{ model_monitor.try_double('critical') }} as critical,
        cast(coalesce({{ model_monitor.try_double('for_windows') }}, 1) as integer) as for_windows,
        cast(coalesce({{ model_monitor.try_double('clear_windows') }}, 2) as integer)
            as clear_windows,
        cast({{ model_monitor.try_double('min_rows') }} as bigint) as min_rows,
        coalesce({{ model_monitor.try_double('false_alarms_per_monitor_28d') }}, 0.0)
            as false_alarms_per_monitor_28d,
        owner,
        runbook,
        dashboard,
        lower(coalesce(is_safety, 'false')) in ('true', 't', '1', 'yes') as is_safety,
        coalesce(
            {{ model_monitor.try_timestamp("nullif(trim(valid_from), '')", 'varchar') }},
            cast('0001-01-01' as timestamp)
        ) as valid_from,
        coalesce(
            rule_version,
            substr({{ dbt.hash(
                "coalesce(enabled, '') || '|' || coalesce(monitor, '') || '|' || coalesce(log, '') "
                ~ "|| '|' || coalesce(family, '') || '|' || coalesce(subject, '') || '|' "
                ~ "|| coalesce(subject_kind, '') || '|' || coalesce(importance, '') || '|' "
                ~ "|| coalesce(metric, '') || '|' || coalesce(baseline, '') || '|' "
                ~ "|| coalesce(window_name, '') || '|' || coalesce(model_version, '') || '|' "
                ~ "|| coalesce(slice_name, '') || '|' || coalesce(slice_value, '') || '|' "
                ~ "|| coalesce(kind, '') || '|' || coalesce(direction, '') || '|' "
                ~ "|| coalesce(warn, '') || '|' || coalesce(critical, '') || '|' "
                ~ "|| coalesce(for_windows, '') || '|' || coalesce(clear_windows, '') || '|' "
                ~ "|| coalesce(min_rows, '')"
            ) }}, 1, 8)
        ) as rule_version,
        description,
        warn as warn_said,
        critical as critical_said,
        valid_from as valid_from_said
    from merged

),

checked as (

    select
        *,
        count(*) over (partition by rule_id, valid_from) as same_count,
        case
            {%- for family, metrics in families.items() %}
            when family = '{{ family }}' and not coalesce(metric in ({{ model_monitor.word_literals(metrics) }}), false)
                then 'metric: not one of {{ family }}. Valid: {{ metrics | join(", ") }}. Got: '
                    || coalesce(metric, 'nothing') || '.'
            {%- endfor %}
            when not coalesce(family in ({{ model_monitor.word_literals(families.keys()) }}), false)
                then 'family: unknown. Valid: {{ families.keys() | join(", ") }}. Got: '
                    || coalesce(family, 'nothing') || '.'
            when kind not in ({{ model_monitor.word_literals(model_monitor.rule_kinds()) }})
                then 'kind: unknown. Valid: {{ model_monitor.rule_kinds() | join(", ") }}. Got: '
                    || kind || '.'
            when direction not in ('above', 'below', 'both')
                then 'direction: unknown. Valid: above, below, both. Got: ' || direction || '.'
            when (warn is null and coalesce(trim(warn_said), '') <> '')
                or (critical is null and coalesce(trim(critical_said), '') <> '')
                then 'warn, critical: numbers are expected. Got: ' || coalesce(warn_said, 'nothing')
                    || ', ' || coalesce(critical_said, 'nothing') || '.'
            when warn is null and critical is null
                then 'warn, critical: one of them is needed. Got: neither.'
            when warn < 0 or critical < 0
                then 'warn, critical: how far from the usual, so not below 0. Got: '
                    || coalesce(warn_said, 'nothing') || ', ' || coalesce(critical_said, 'nothing')
                    || '.'
            when warn > critical
                then 'warn lies beyond critical: every breach would be critical. Got: '
                    || warn_said || ' and ' || critical_said || '.'
            when for_windows < 1 or clear_windows < 1
                then 'for_windows, clear_windows: at least 1.'
            when coalesce(trim(valid_from_said), '') <> '' and valid_from = cast('0001-01-01' as timestamp)
                then 'valid_from: not an instant. Got: ' || valid_from_said || '.'
            {%- if known %}
            when not (
                {%- for name in known %}
                {{ 'or ' if not loop.first }}{{ model_monitor.fits_pattern("'" ~ name ~ "'", 'monitor') }}
                {%- endfor %}
            )
                then 'monitor: there is none of that name. Valid: {{ known | join(", ") }}. Got: '
                    || monitor || '.'
            {%- endif %}
        end as problem
    from typed

),

final as (

    select
        rule_id,
        is_default,
        is_own,
        enabled,
        monitor,
        log,
        family,
        subject,
        subject_kind,
        importance,
        metric,
        baseline,
        window_name,
        model_version,
        slice_name,
        slice_value,
        kind,
        direction,
        warn,
        critical,
        for_windows,
        clear_windows,
        min_rows,
        false_alarms_per_monitor_28d,
        owner,
        runbook,
        dashboard,
        is_safety,
        valid_from,
        coalesce(
            lead(valid_from) over (partition by rule_id order by valid_from, is_own),
            cast('9999-12-31' as timestamp)
        ) as valid_to,
        rule_version,
        description,
        case
            when same_count > 1 then 'rule_id, valid_from: two rows are the same. Got: '
                || rule_id || '.'
            else problem
        end as problem
    from checked

)

select * from final
