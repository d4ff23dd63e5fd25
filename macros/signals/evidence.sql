{#
    What a window must have before a family says something about it:
    - distribution: as many independent rows as limits.min_rows asks for
    - rate: a tenth of these rows, but at least 30
    - labels: 30 positive and 30 negative labels, or 60 labels that are numbers
    - none: any window is evaluated; a volume opens an alert from 10 rows on
#}
{% macro evidence_kind(family) -%}
    case
        {%- for kind in ['none', 'labels', 'rate'] %}
        when {{ family }} in ({{ model_monitor.word_literals(model_monitor.families_with('evidence', kind)) }})
            then '{{ kind }}'
        {%- endfor %}
        else 'distribution'
    end
{%- endmacro %}

{# The evidence that a window needs, in rows or labels, from a row of int_monitor__monitors. #}
{% macro evidence_need(kind, monitors) -%}
    case {{ kind }}
        when 'none' then 10
        when 'labels' then {{ monitors }}.label_rows
        when 'rate' then {{ monitors }}.rate_rows
        else {{ monitors }}.min_rows
    end
{%- endmacro %}

{# The share of its need from which a single window of the right length is evaluated. #}
{% macro thin_share() -%}
    0.7
{%- endmacro %}

{# Whether a rule follows the resolution of each series, or the length one step above it. #}
{% macro follows(window_name, pace) -%}
    position(',{{ pace }},' in ',' || replace({{ window_name }}, ' ', '') || ',') > 0
{%- endmacro %}

{# The windows whose length follows the evidence, the shortest first; hours are named by their rules. #}
{% macro ruled_windows() %}
    {{ return(['day', '7d', '30d']) }}
{% endmacro %}

{# The log whose rows are the evidence of a family: an estimate needs no label. #}
{% macro evidence_log(row) -%}
    case when {{ row }}.family = 'estimates' then 'predictions' else {{ row }}.log end
{%- endmacro %}

{# The subject whose labels are the evidence of a signal; all rows of the log for other kinds. #}
{% macro evidence_subject(signals, scopes) -%}
    case when {{ scopes }}.evidence = 'labels' then {{ signals }}.subject else '(rows)' end
{%- endmacro %}
