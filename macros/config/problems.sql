{#- Notes a problem: where it is, what is wrong, what is valid (a list or text), and the value found. -#}
{% macro _problem(problems, path, what, valid=none, got=none) %}
    {% set line = ['  ' ~ path ~ ': ' ~ what ~ '.'] %}
    {% if valid is string %}
        {% do line.append('Valid: ' ~ valid ~ '.') %}
    {% elif valid %}
        {% do line.append('Valid: ' ~ valid | join(', ') ~ '.') %}
    {% endif %}
    {% if got is not none %}
        {% do line.append('Got: ' ~ got ~ '.') %}
    {% endif %}
    {% do problems.append(line | join(' ')) %}
{% endmacro %}

{#- Notes a word that is not valid; returns the word that was meant, or none. -#}
{% macro _problem_word(problems, path, what, word, valid) %}
    {#- beyond a hundred problems nobody reads suggestions, and they take the most time -#}
    {% set near = model_monitor._nearest(word, valid) if problems | length < 100
        else {'best': none, 'ordered': valid} %}
    {% set valid = near['ordered'] %}
    {% if near['best'] is not none and valid | length > 8 %}
        {% set valid = valid[:8] + ['…'] %}
    {% endif %}
    {% do model_monitor._problem(
        problems, path, what, valid or 'none is declared', model_monitor._shown(word)
    ) %}
    {{ return(near['best']) }}
{% endmacro %}

{#- A value in the form that the reader of an error should see. -#}
{% macro _shown(value) %}
    {% if value is none %}
        {{ return('null') }}
    {% elif value is boolean %}
        {{ return('true' if value else 'false') }}
    {% elif value is string %}
        {{ return("'" ~ (value if value | length <= 80 else value[:77] ~ '...') ~ "'") }}
    {% elif value is mapping %}
        {{ return('a mapping') }}
    {% elif value is iterable %}
        {{ return('a list of ' ~ value | length) }}
    {% elif model_monitor._is_date_value(value) %}
        {{ return(value.isoformat()) }}
    {% endif %}
    {% set text = value | string %}
    {{ return(text if text | length <= 80 else text[:77] ~ '...') }}
{% endmacro %}

{#- Explains how YAML read a value that should be text; `otherwise` where YAML is not the cause. -#}
{% macro _yaml_surprise(value, otherwise) %}
    {% if value is boolean %}
        {{ return('YAML reads yes, no, on, off, true and false as booleans: write it in quotes') }}
    {% elif value is number %}
        {{ return('YAML reads a number here (1.10 becomes 1.1): write it in quotes') }}
    {% elif model_monitor._is_date_value(value) %}
        {{ return('YAML reads a date here: write it in quotes') }}
    {% endif %}
    {{ return(otherwise) }}
{% endmacro %}

{#- Raises one error that lists all problems; nothing if there are none. -#}
{% macro _raise_problems(problems) %}
    {% if problems %}
        {% do exceptions.raise_compiler_error(
            'model_monitor: ' ~ problems | length
            ~ (' problem' if problems | length == 1 else ' problems')
            ~ ' in the configuration\n' ~ problems | join('\n')
        ) %}
    {% endif %}
{% endmacro %}
