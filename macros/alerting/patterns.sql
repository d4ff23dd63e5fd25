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
