{#
    Whether a word matches a pattern of a rule: empty or * matches everything, a,b one of two words,
    ctr_* every word with that prefix, !(all) every word that (all) does not match. Each element of
    a list may be a pattern: home_*,fraud; a ! before a list negates all of it. Both arguments are
    SQL text.
#}
{% macro fits_pattern(word, pattern) -%}
case
    when coalesce({{ pattern }}, '') in ('', '*') then true
    when substr({{ pattern }}, 1, 1) = '!'
        then not {{ model_monitor._fits(word, 'substr(' ~ pattern ~ ', 2)') }}
    else {{ model_monitor._fits(word, pattern) }}
end
{%- endmacro %}

{# Nearly all patterns are lists of words or single patterns: only a list of patterns is split. #}
{% macro _fits(word, pattern) -%}
(
    position(',' || {{ word }} || ',' in ',' || replace({{ pattern }}, ', ', ',') || ',') > 0
    or case
        when position('*' in {{ pattern }}) > 0 and position(',' in {{ pattern }}) > 0
            then {{ model_monitor.is_like_any(word, "replace(" ~ pattern ~ ", ', ', ',')") }}
        else {{ model_monitor.is_like(word, pattern) }}
    end
)
{%- endmacro %}

{#
    Whether an alert is in the slice that a policy row names, by its patterns: that slice itself, or
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

{# Whether a version and a slice are in the scope of a rule (int_monitor__rule_scopes). #}
{% macro fits_scope(signals, scopes) -%}
{{ model_monitor.fits_pattern(signals ~ '.model_version', scopes ~ '.version_pattern') }}
        and {{ model_monitor.fits_pattern(signals ~ '.slice_name', scopes ~ '.slice_pattern') }}
        and {{ model_monitor.fits_pattern(signals ~ '.slice_value', scopes ~ '.slice_value_pattern') }}
{%- endmacro %}

{# Whether a word matches a pattern in which * matches any text. #}
{% macro is_like(word, pattern) -%}
{{ word }} like replace(replace(replace(replace(
    {{ pattern }}, '~', '~~'), '%', '~%'), '_', '~_'), '*', '%') escape '~'
{%- endmacro %}
