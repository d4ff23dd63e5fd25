{#
    The worth of decisions, where `costs` has SQL: one more entry in the sketch of an outcome, of
    class (worth). A prediction with a label and a decision has two amounts, those of its outcome:
    one for yes and one for no. The columns sum_y and sum_p are used for other things here: y is the
    amount of the decision that was made, p the amount for yes minus that for no. Both are in millionths, in two parts as in metric_sums.

    Bin: 4 where yes was decided, plus 2 where no is worth more, plus 1 where y is below 0; so the
    sums of eight bins determine every column of monitor_value. In bin -1 an amount is null, NaN or
    infinite: such a prediction counts in no sum. decimal(38, 0) has room for the squares of 2e7
    predictions with p at 2e9, and for 1e13 at a million.
#}
{% macro worth_class() -%}
(worth)
{%- endmacro %}

{# The kinds of decisions, as keys of `costs`. #}
{% macro decision_kinds() %}
    {{ return(['true_positive', 'false_positive', 'false_negative', 'true_negative']) }}
{% endmacro %}

{# The score whose decisions have a worth: the first binary one with an outcome; none if there is no such score. #}
{% macro costed_score(monitor) %}
    {% for name, score in monitor.scores.items()
        if score.outcome is not none and score.kind == 'binary' %}
        {{ return(name) }}
    {% endfor %}
    {{ return(none) }}
{% endmacro %}

{# The hash of the costs where any is SQL, otherwise none: sums of different costs must not mix. #}
{% macro costs_definition(monitor) %}
    {% if monitor.costs is none or not monitor.logs[0].costs %}
        {{ return(none) }}
    {% endif %}
    {% set worths = [] %}
    {% for kind in model_monitor.decision_kinds() %}
        {% set worth = monitor.costs.get(kind, 0) %}
        {% do worths.append(worth if worth is string else worth | float | string) %}
    {% endfor %}
    {{ return(local_md5(worths | join('|'))[:12]) }}
{% endmacro %}

{# An expression of `costs` as log_rows expects it; a bare name is read as a column. #}
{% macro cost_expression(sql) %}
    {{ return({'sql': sql, 'column': model_monitor.column_alone(sql)}) }}
{% endmacro %}

{# An expression that is only the name of a column, which may be absent; none for any other. #}
{% macro column_alone(sql) %}
    {{ return(
        sql if modules.re.fullmatch('[A-Za-z_][A-Za-z0-9_]*', sql)
        and sql | lower not in ('true', 'false', 'null') else none
    ) }}
{% endmacro %}

{#
    Adds the costs to what is read of the predictions, and returns, per kind, the position of its
    expression or none for a number. Without a costed entry nothing is added, and none is returned.
#}
{% macro read_costs(monitor, outcome, reads) %}
    {% if not outcome.entries | selectattr('is_costed') | list %}
        {{ return(none) }}
    {% endif %}
    {% set places = {} %}
    {% for kind in model_monitor.decision_kinds() %}
        {% set sql = monitor.logs[0].costs.get(kind) %}
        {% do places.update({kind: none if sql is none else reads.expressions | length}) %}
        {% if sql is not none %}
            {% do reads.expressions.append(model_monitor.cost_expression(sql)) %}
        {% endif %}
    {% endfor %}
    {{ return(places) }}
{% endmacro %}

{#
    The amount of deciding yes (or no) for a row with the outcome y. `amounts` has, per
    kind, the number of the row; a kind that it lacks has the number of the configuration.
#}
{% macro worth_of_decision(monitor, is_yes, amounts) -%}
{%- set worths = [] -%}
{%- set kinds = model_monitor.decision_kinds() -%}
{%- for kind in (kinds[:2] if is_yes else kinds[2:]) -%}
    {%- do worths.append(amounts.get(kind) or 'cast(' ~ model_monitor.value_literal(
        monitor.costs.get(kind, 0)
    ) ~ ' as ' ~ model_monitor.type_double() ~ ')') -%}
{%- endfor -%}
case when y = 1 then {{ worths[0] }} else {{ worths[1] }} end
{%- endmacro %}

{#- The amounts of the costs that were read, as columns of log_rows in outcome_sketch. -#}
{% macro _cost_columns(places, types) -%}
    {%- for kind, place in (places or {}).items() if place is not none -%},
            {{ model_monitor.as_number('clocked.v' ~ place, types[place]) | trim }} as worth_{{ kind }}
    {%- endfor -%}
{%- endmacro %}

{#- Turns rows of the costed score into rows of the entry (worth). -#}
{% macro _worth_entry(scored, keys) %}
{% set unit = 'cast(' ~ model_monitor.fixed_unit() ~ ' as decimal(38, 0))' %}
valued as (

    select
        {{ keys }},
        said,
        case when {{ model_monitor.is_measurable('worth_of_yes') }}
            and {{ model_monitor.is_measurable('worth_of_no') }} then worth_of_yes end as yes_worth,
        case when {{ model_monitor.is_measurable('worth_of_yes') }}
            and {{ model_monitor.is_measurable('worth_of_no') }} then worth_of_no end as no_worth
    from {{ scored }}
    where is_good
        and said is not null

),

fixed_worths as (

    select
        {{ keys }},
        said,
        {{ model_monitor.fixed_low('yes_worth') }} as yes_low,
        {{ model_monitor.fixed_high('yes_worth') }} as yes_high,
        {{ model_monitor.fixed_low('no_worth') }} as no_low,
        {{ model_monitor.fixed_high('no_worth') }} as no_high
    from valued

),

chosen_worths as (

    select
        {{ keys }},
        said,
        case when said then yes_low else no_low end as worth_low,
        case when said then yes_high else no_high end as worth_high,
        cast(yes_low - no_low as decimal(18, 0)) as stake_low,
        nullif(coalesce(yes_high, 0) - coalesce(no_high, 0), 0) as stake_high,
        case
            when {{ model_monitor.is_fixed_limit('yes_low', 'yes_high') }}
                or {{ model_monitor.is_fixed_limit('no_low', 'no_high') }} then 1
            else 0
        end as is_clamped
    from fixed_worths

),

worth_rows as (

    select
        {{ keys }},
        {{ model_monitor._worth_entry_number() }} as entry,
        case when worth_low is null then -1 else
            case when said then 4 else 0 end
            + case when coalesce(stake_high, 0) * {{ unit }} + stake_low < 0 then 2 else 0 end
            + case when coalesce(worth_high, 0) * {{ unit }} + worth_low < 0 then 1 else 0 end
        end as bin,
        -1 as delay_bin,
        {{ model_monitor._state('matured') }}
        + case when worth_low is not null then {{ model_monitor._state('labelled') }} else 0 end as state,
        cast(null as bigint) as x_fixed,
        cast(null as decimal(18, 0)) as loss_fixed,
        worth_low,
        worth_high,
        stake_low,
        stake_high,
        is_clamped
    from chosen_worths

),
{% endmacro %}

{% macro _worth_entry_number() %}
    {{- return('2000') -}}
{% endmacro %}

{#- The columns of the entry (worth) in the rows of another entry. -#}
{% macro _no_worth() -%},
        cast(null as decimal(18, 0)) as worth_low,
        cast(null as bigint) as worth_high,
        cast(null as decimal(18, 0)) as stake_low,
        cast(null as bigint) as stake_high,
        0 as is_clamped
{%- endmacro %}

{#- The sums of the entry (worth): by name, the column of the sketch. -#}
{% macro _worth_sums() %}
    {{ return({
        'worth': 'sum_y', 'worth_squares': 'sum_yy', 'worth_squares_high': 'sum_yy_high',
        'stake': 'sum_p', 'stake_squares': 'sum_pp', 'stake_squares_high': 'sum_pp_high',
        'worth_clamped': 'clamped_count',
    }) }}
{% endmacro %}

{% macro _worth_aggregates() -%}
    {%- for name in ['worth', 'stake'] %}
    {%- set low, high = name ~ '_low', name ~ '_high' -%},
    {{ model_monitor.fixed_sum(low, high) }} as {{ name }},
    sum(cast({{ low }} as decimal(38, 0)) * {{ low }}) as {{ name }}_squares,
    {{ model_monitor.fixed_products_high(low, high, low, high) }} as {{ name }}_squares_high
    {%- endfor -%},
    sum(is_clamped) as worth_clamped
{%- endmacro %}
