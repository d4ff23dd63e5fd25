{#
    The smallest figures that become a notice: new labels without a prediction, by count and by
    share, and the growth of the share of rows in (other). Below them the tables alone report it.
#}
{% macro notice_limits() %}
    {{ return({'unmatched_count': 20, 'unmatched_share': '0.05', 'other_share': '0.1'}) }}
{% endmacro %}

{#
    The columns of a notice between its severity and its evidence, each with its type. A step of
    monitor_notices has those that it can fill.
#}
{% macro notice_columns() %}
    {% set text = model_monitor.type_text() %}
    {{ return({
        'monitor': text, 'log': text, 'subject': text, 'slice_name': text, 'slice_value': text,
        'since': 'timestamp',
    }) }}
{% endmacro %}

{#
    Whether a word is most likely a misspelt name: nearly all letters of each are in the other. There
    is no edit distance that every engine has.
#}
{% macro resembles(word, name) -%}
    {{ model_monitor.shared_letters(word, name) }} >= 0.8 * (length({{ word }}) + length({{ name }}))
        and abs(length({{ word }}) - length({{ name }})) <= 2
{%- endmacro %}

{# The number of letters of either text that the other one has too. #}
{% macro shared_letters(word, name) -%}
    (
        length({{ word }}) - length(translate({{ word }}, {{ name }}, ''))
        + length({{ name }}) - length(translate({{ name }}, {{ word }}, ''))
    )
{%- endmacro %}

{# A name as an argument of a command, quoted unless it is plain. #}
{% macro as_argument(name) -%}
    case
        when translate(lower({{ name }}), 'abcdefghijklmnopqrstuvwxyz0123456789_', '') = ''
            then {{ name }}
        else '"' || {{ name }} || '"'
    end
{%- endmacro %}
