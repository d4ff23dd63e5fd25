{#
    A var of this package, or none. Its full name begins with model_monitor_ (model_monitor_as_of),
    so no other package means something else by it. The short name (as_of) is read where the full
    one is not set. The command line comes before the project, whichever name it uses.
#}
{% macro setting(name) %}
    {% set full = 'model_monitor_' ~ name %}
    {% set said = model_monitor._said_vars() %}
    {% if full in said or name in said %}
        {{ return(said[full] if full in said else said[name]) }}
    {% endif %}
    {% set found = var(full, none) %}
    {{ return(var(name, none) if found is none else found) }}
{% endmacro %}

{#- The vars of the command line. -#}
{% macro _said_vars() %}
    {% set said = invocation_args_dict.get('vars') if invocation_args_dict is mapping else none %}
    {{ return(said if said is mapping else {}) }}
{% endmacro %}
