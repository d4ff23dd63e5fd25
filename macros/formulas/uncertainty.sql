{# How unsure a score is, from 0 to 1: what a label of it would teach. See docs/understand/labels.md. #}

{# Of yes or no: how near p is to the edge t of the decision; 1 on it, 0 at either end. #}
{% macro decision_uncertainty(p, t) -%}
    case
        when {{ p }} < {{ t }} then {{ p }} / {{ t }}
        else coalesce((1e0 - {{ p }}) / nullif(1e0 - {{ t }}, 0), 1e0)
    end
{%- endmacro %}

{# Of several classes: 1 less the lead of the likeliest over the next. #}
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
