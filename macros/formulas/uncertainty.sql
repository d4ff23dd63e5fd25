{#
    The uncertainty of a score, from 0 to 1: how much its label would teach. See
    docs/understand/labels.md.
#}

{# For a binary score: how near p is to the threshold t; 1 at the threshold, 0 at either end. #}
{% macro decision_uncertainty(p, t) -%}
    case
        when {{ p }} < {{ t }} then {{ p }} / {{ t }}
        else coalesce((1e0 - {{ p }}) / nullif(1e0 - {{ t }}, 0), 1e0)
    end
{%- endmacro %}

{# For several classes: 1 minus the lead of the most probable class over the next. #}
{% macro class_uncertainty(probabilities) -%}
    {%- set first = 'greatest(' ~ probabilities | join(', ') ~ ')' -%}
    1e0 - {{ first }} + case
        when 1 < {% for p in probabilities -%}
            case when {{ p }} = {{ first }} then 1 else 0 end{{ ' + ' if not loop.last }}
        {%- endfor %} then {{ first }}
        else greatest({% for p in probabilities -%}
            case when {{ p }} < {{ first }} then {{ p }} else 0e0 end{{ ', ' if not loop.last }}
        {%- endfor %})
    end
{%- endmacro %}
