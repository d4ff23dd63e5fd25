{#
    A change of the whole told apart: what moved because rows moved between segments (mix), and what
    moved inside them (within). See docs/understand/segments.md.
#}

{# One segment's part of the change that comes from its share; `middle` is the whole's value halfway. #}
{% macro mix_term(share, baseline_share, value, baseline_value, middle) -%}
    ({{ share }} - {{ baseline_share }}) * (({{ value }} + {{ baseline_value }}) / 2.0 - {{ middle }})
{%- endmacro %}

{# One segment's part of the change that comes from its own value. #}
{% macro within_term(share, baseline_share, value, baseline_value) -%}
    ({{ share }} + {{ baseline_share }}) / 2.0 * ({{ value }} - {{ baseline_value }})
{%- endmacro %}

{# What a change is called by the part of it that mix makes; null while that is not known. #}
{% macro shift_kind(mix_share) -%}
    case
        when {{ mix_share }} >= 2e0 / 3 then 'mix'
        when {{ mix_share }} > 1e0 / 3 then 'both'
        when {{ mix_share }} is not null then 'within'
    end
{%- endmacro %}
