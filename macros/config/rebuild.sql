{# What `--vars '{rebuild: …}'` asks for, as a dictionary. #}
{% macro rebuild_vars() %}
    {% set asked = var('rebuild', none) %}
    {{ return(asked if asked is mapping else {}) }}
{% endmacro %}
