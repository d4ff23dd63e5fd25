{#
    The worth of decisions. A decision has two amounts, one for yes and one for no; its stake is how
    much yes is worth more than no. All columns of monitor_value follow from the sums of
    worth_moments, whether every decision of a kind is worth the same or each has its own amount.
    See docs/understand/value.md.
#}

{#
    The sums, as SQL over the counts tp, fp, fn and tn and the worth of each kind: by name.

      total, benefit, cost            Σw; of the decisions with w > 0; −Σw of those with w < 0
      benefit_squares, cost_squares   Σw² of these
      total_of_none, total_of_all     Σ of the amounts for no, and for yes
      total_of_perfect                Σ of the larger of the two
      gain, possible_gain             total and total_of_perfect, less the better of none and all
      yes_gained, yes_lost            Σ(stake²) of yes decisions, where yes is worth more or less
      no_gained, no_lost              Σ(stake²) of no decisions, where no is worth more or less
#}
{% macro worth_moments() %}
    {%- set worths = {
        'tp': 'true_positive', 'fp': 'false_positive', 'fn': 'false_negative', 'tn': 'true_negative',
    } -%}
    {%- set stakes = {
        'tp': '(true_positive - false_negative)', 'fp': '(false_positive - true_negative)',
        'fn': '(true_positive - false_negative)', 'tn': '(false_positive - true_negative)',
    } -%}
    {%- set moments = {
        'total': model_monitor._worth_sum(worths),
        'benefit': model_monitor._worth_sum(worths, 1),
        'cost': model_monitor._worth_sum(worths, -1),
        'benefit_squares': model_monitor._worth_sum(worths, 1, 2),
        'cost_squares': model_monitor._worth_sum(worths, -1, 2),
        'total_of_none': model_monitor._worth_sum(
            {'(tp + fn)': 'false_negative', '(fp + tn)': 'true_negative'}
        ),
        'total_of_all': model_monitor._worth_sum(
            {'(tp + fn)': 'true_positive', '(fp + tn)': 'false_positive'}
        ),
        'total_of_perfect': model_monitor._worth_sum({
            '(tp + fn)': 'greatest(true_positive, false_negative)',
            '(fp + tn)': 'greatest(true_negative, false_positive)',
        }),
    } -%}
    {%- set idle = 'greatest(' ~ moments.total_of_none ~ ', ' ~ moments.total_of_all ~ ')' -%}
    {%- do moments.update({
        'gain': moments.total ~ ' - ' ~ idle,
        'possible_gain': moments.total_of_perfect ~ ' - ' ~ idle,
    }) -%}
    {%- for name, counts, sign in [
        ['yes_gained', ['tp', 'fp'], 1], ['yes_lost', ['tp', 'fp'], -1],
        ['no_lost', ['fn', 'tn'], 1], ['no_gained', ['fn', 'tn'], -1],
    ] -%}
        {%- set parts = {} -%}
        {%- for count in counts -%}
            {%- do parts.update({count: stakes[count]}) -%}
        {%- endfor -%}
        {%- do moments.update({name: model_monitor._worth_sum(parts, sign, 2)}) -%}
    {%- endfor -%}
    {{- return(moments) -}}
{% endmacro %}

{#- Σ n·w over the kinds; `only` selects one sign: 1 for gains, -1 for costs, as numbers above 0. -#}
{% macro _worth_sum(worths, only=none, power=1) -%}
    ({%- for count, worth in worths.items() %}
        {%- set amount = worth if only is none
            else 'greatest(' ~ ('' if only == 1 else '-1 * ') ~ worth ~ ', 0)' -%}
        {{- ' + ' if not loop.first }}{{ model_monitor._as_double(count) }} * {{
            amount if power == 1 else 'power(' ~ amount ~ ', 2)'
        }}
    {%- endfor %})
{%- endmacro %}

{# The standard error of the mean worth; a variance within the rounding error of Σw² counts as 0. #}
{% macro worth_error(total, squares, n) -%}
    {%- set mean_square = squares ~ ' / nullif(' ~ n ~ ', 0)' -%}
    {%- set variance = mean_square ~ ' - power(' ~ total ~ ' / nullif(' ~ n ~ ', 0), 2)' -%}
    sqrt(case when {{ variance }} > 1e-12 * {{ mean_square }} then {{ variance }} else 0e0 * {{ squares }} end
        / nullif({{ n }}, 0))
{%- endmacro %}

{# The standard error of roi, the ratio of the total to the cost, by the delta method. #}
{% macro roi_error() -%}
    sqrt(benefit_squares + power(1 + roi, 2) * cost_squares) / nullif(abs(cost), 0)
{%- endmacro %}

{#
    The standard error of gain_share, by the delta method. Compared with deciding no for all, a yes
    gains or loses its stake. Compared with deciding yes for all, a no does, with the opposite sign.
#}
{% macro gain_share_error() -%}
    sqrt(case
        when total_of_all > total_of_none
            then power(1 - gain_share, 2) * no_gained + no_lost + power(gain_share, 2) * yes_lost
        else power(1 - gain_share, 2) * yes_gained + yes_lost + power(gain_share, 2) * no_lost
    end) / nullif(abs(possible_gain), 0)
{%- endmacro %}
