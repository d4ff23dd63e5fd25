{#
    Whether a word fits a pattern of a rule: empty or * fits all, a,b one of two words, ctr_* whatever
    begins so, !(all) whatever (all) does not fit. Both arguments are SQL text.
#}
{% macro fits_pattern(word, pattern) -%}
case
    when coalesce({{ pattern }}, '') in ('', '*') then true
    when substr({{ pattern }}, 1, 1) = '!'
        then not {{ model_monitor._fits(word, 'substr(' ~ pattern ~ ', 2)') }}
    else {{ model_monitor._fits(word, pattern) }}
end
{%- endmacro %}

{% macro _fits(word, pattern) -%}
(
    position(',' || {{ word }} || ',' in ',' || replace({{ pattern }}, ', ', ',') || ',') > 0
    or {{ word }} like replace(replace(replace(replace(
        {{ pattern }}, '~', '~~'), '%', '~%'), '_', '~_'), '*', '%') escape '~'
)
{%- endmacro %}

{#
    Whether an alert is in the slice that a row of policy names, by its patterns: that slice itself, or
    a combination of it with others.
#}
{% macro fits_slice(alert, policy) -%}
(
    (
        {{ model_monitor.fits_pattern(alert ~ '.slice_name', policy ~ '.slice_name') }}
        and {{ model_monitor.fits_pattern(alert ~ '.slice_value', policy ~ '.slice_value') }}
    )
    or (
        position('+' in {{ alert }}.slice_name) > 0
        and (
            coalesce({{ model_monitor.lies_within(alert, policy) }}, false)
            {%- for number in [1, 2, 3] %}
            or case
                {%- if number > 2 %}
                when {{ alert }}.slice_name not like '%+%+%' then false
                {%- endif %}
                when {{ model_monitor.fits_pattern(
                    dbt.split_part(alert ~ '.slice_name', "'+'", number), policy ~ '.slice_name') }}
                    then {{ model_monitor.fits_pattern(
                        dbt.split_part(alert ~ '.slice_value', "'+'", number), policy ~ '.slice_value') }}
                else false
            end
            {%- endfor %}
        )
    )
)
{%- endmacro %}
