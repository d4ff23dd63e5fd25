{{ model_monitor.table_model() }}
{#- The rules of the package, with the changes and additions of policy: alert_rules, column by
    column. A row with a mistake keeps the problem as text and evaluates nothing. -#}
{% set as_of = model_monitor.as_of_timestamp() %}
{% set budgets = model_monitor.budget_columns() %}
{% set words = model_monitor.alert_rule_columns()
    | reject('in', ['rule_id', 'valid_from']) | reject('in', budgets) | list %}

with defaults as (

    {{ model_monitor.default_alert_rule_rows() | indent(4) }}

),

own as (

    {{ model_monitor.own_alert_rule_rows() | indent(4) }}

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
        {%- for word in budgets %},
        nullif(trim(own.{{ word }}), '') as {{ word }}
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
        {%- for word in budgets %},
        cast(null as {{ model_monitor.type_text() }}) as {{ word }}
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
        {{ model_monitor.is_said('enabled', 'true') }} as enabled,
        monitor,
        log,
        family,
        subject,
        subject_kind,
        importance,
        metric,
        baseline,
        coalesce(window_name, case family
            when 'freshness' then 'run'
            when 'volume' then 'day'
            else 'resolution'
        end) as window_name,
        model_version,
        slice_name,
        slice_value,
        case when kind = 'seasonal' and family = 'volume' then 'volume'
            else coalesce(kind, 'static') end as kind,
        coalesce(direction, 'above') as direction,
        {{ model_monitor.try_double('warn') }} as warn,
        {{ model_monitor.try_double('critical') }} as critical,
        cast(coalesce({{ model_monitor.try_double('for_windows') }}, 1) as integer) as for_windows,
        cast(coalesce({{ model_monitor.try_double('clear_windows') }}, 2) as integer)
            as clear_windows,
        cast({{ model_monitor.try_double('min_rows') }} as bigint) as min_rows,
        {{ model_monitor.try_double('error_budget') }} as error_budget,
        short_window,
        case when coalesce(trim(clear_below), '') = '' then 0.8
            else {{ model_monitor.try_double('clear_below') }} end as clear_below,
        coalesce({{ model_monitor.try_double('false_alarms_per_monitor_28d') }}, 0.0)
            as false_alarms_per_monitor_28d,
        owner,
        runbook,
        dashboard,
        {{ model_monitor.is_said('is_safety', 'false') }} as is_safety,
        coalesce(
            {{ model_monitor.try_timestamp("nullif(trim(valid_from), '')", 'varchar') }},
            cast('1970-01-01' as timestamp)
        ) as valid_from,
        coalesce(trim(valid_from), '') <> ''
        and {{ model_monitor.try_timestamp("nullif(trim(valid_from), '')", 'varchar') }} is null
            as is_misdated,
        coalesce(
            rule_version,
            {{ model_monitor.rule_hash() }}
        ) as rule_version,
        description,
        warn as warn_said,
        critical as critical_said,
        clear_below as clear_below_said,
        valid_from as valid_from_said,
        {%- for name in model_monitor.counted_in_rules() %}
        {{ name }} as {{ name }}_said,
        {%- endfor %}
        enabled as enabled_said,
        is_safety as is_safety_said
    from merged

),

checked as (

    select
        *,
        count(*) over (partition by rule_id, valid_from, is_misdated) as same_count,
        {{ model_monitor.rule_problem() }} as problem
    from typed

),

lasting as (

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
        error_budget,
        short_window,
        clear_below,
        false_alarms_per_monitor_28d,
        owner,
        runbook,
        dashboard,
        is_safety,
        valid_from,
        -- a rule without a valid start never applies, and ends no other rule
        case
            when is_misdated then valid_from
            else coalesce(
                lead(valid_from) over (
                    partition by rule_id, is_misdated order by valid_from, is_own
                ),
                cast('9999-12-31' as timestamp)
            )
        end as valid_to,
        rule_version,
        description,
        nullif(concat_ws(
            ' ',
            problem,
            case
                when same_count > 1
                    then 'rule_id, valid_from: two rows are the same. Got: ' || rule_id || '.'
            end
        ), '') as problem
    from checked

),

-- the row in force now decides the owner of a rule that changed, or will change
final as (

    select
        *,
        valid_from <= {{ as_of }} and valid_to > {{ as_of }} as is_in_force
    from lasting

)

select * from final
