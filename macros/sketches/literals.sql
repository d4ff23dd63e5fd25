{# A text as a SQL literal; none becomes a null. #}
{% macro text_literal(value) -%}
    {%- if value is none -%}
        {{- return('null') -}}
    {%- endif -%}
    {%- set text = value | string -%}
    {#- dbt's dispatch takes a while to find an engine's macro, and nearly every text is plain -#}
    {%- if "'" not in text and '\\' not in text and '${' not in text -%}
        {{- return("'" ~ text ~ "'") -}}
    {%- endif -%}
    {{- return(adapter.dispatch('quoted_text', 'model_monitor')(text)) -}}
{%- endmacro %}

{% macro default__quoted_text(value) -%}
    {{- return("'" ~ value.replace("'", "''") ~ "'") -}}
{%- endmacro %}

{# Texts as a list of SQL literals, for `in`. #}
{% macro text_literals(values) -%}
    {%- set literals = [] -%}
    {%- for value in values -%}
        {%- do literals.append(model_monitor.text_literal(value)) -%}
    {%- endfor -%}
    {{- return(literals | join(', ')) -}}
{%- endmacro %}

{# A number or a boolean as a SQL literal; none becomes a null. #}
{% macro value_literal(value) -%}
    {#- as without_tiny, for a number of the configuration -#}
    {%- set is_tiny = value is number and value is not boolean and value | abs < 1e-100 -%}
    {{- return('null' if value is none else '0' if is_tiny else (value | string | lower)) -}}
{%- endmacro %}

{# The instant that the run evaluates, as a timestamp. #}
{% macro as_of_timestamp() -%}
    {{- return("cast('" ~ model_monitor.as_of() ~ "' as timestamp)") -}}
{%- endmacro %}

{#
    A small relation of literals. columns: a list of [name, type]; rows: a list of lists of SQL
    literals. Without rows it is typed and empty.
#}
{% macro literal_rows(columns, rows) -%}
select
{%- for column in columns %}
    cast(c{{ loop.index }} as {{ column[1] }}) as {{ column[0] }}{{ ',' if not loop.last }}
{%- endfor %}
from (
    values
{%- for row in rows or [['null'] * (columns | length)] %}
    ({{ row | join(', ') }}){{ ',' if not loop.last }}
{%- endfor %}
) as literals ({% for column in columns %}c{{ loop.index }}{{ ', ' if not loop.last }}{% endfor %})
{%- if not rows %}
where 1 = 0
{%- endif %}
{%- endmacro %}
