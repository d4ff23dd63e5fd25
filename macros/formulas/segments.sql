{#
    Splits a change of all rows into two parts: rows moved between segments (mix), or values changed
    inside them (within). See docs/understand/segments.md.
#}

{#
    The contribution of one segment's share to the change; `middle` is the mean overall value of
    both sides.
#}
{% macro mix_term(share, baseline_share, value, baseline_value, middle) -%}
    ({{ share }} - {{ baseline_share }}) * (({{ value }} + {{ baseline_value }}) / 2.0 - {{ middle }})
{%- endmacro %}

{# The contribution of one segment's own value to the change. #}
{% macro within_term(share, baseline_share, value, baseline_value) -%}
    ({{ share }} + {{ baseline_share }}) / 2.0 * ({{ value }} - {{ baseline_value }})
{%- endmacro %}

{# The kind of a change, from the share of it that the mix explains; null while that is unknown. #}
{% macro shift_kind(mix_share) -%}
    case
        when {{ mix_share }} >= 2e0 / 3 then 'mix'
        when {{ mix_share }} > 1e0 / 3 then 'both'
        when {{ mix_share }} is not null then 'within'
    end
{%- endmacro %}
