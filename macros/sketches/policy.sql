{#
    Policy rows of one kind, typed: from the relation that the configuration names, and none if it
    names none. A column the relation lacks is a null.
#}
{% macro policy_rows(kind, columns) %}
    {% set spec = model_monitor.configuration().policy[kind] %}
    {% set names = [] %}
    {% for column in columns %}
        {% do names.append(column[0]) %}
    {% endfor %}
    {% if spec is none %}
{{ model_monitor.literal_rows(columns, []) }}
    {% else %}
        {% set relation = model_monitor.relation(spec) %}
        {% set found = model_monitor.relation_columns(relation, names) %}
        {% if found.status == 'missing_table' %}
            {% do exceptions.warn(
                'policy › ' ~ kind ~ ': there is no table ' ~ relation ~ ', so it is as if nothing were in it'
            ) %}
{{ model_monitor.literal_rows(columns, []) }}
        {% else %}
select
        {%- for column in columns %}
            {%- set is_there = not execute or column[0] in found.columns %}
            {%- if is_there and column[1] == 'timestamp' %}
    {{ model_monitor.try_timestamp(
        adapter.quote(column[0]), found.columns.get(column[0], 'timestamp')
    ) | trim | indent(4) }}
            {%- else %}
    cast({{ adapter.quote(column[0]) if is_there else 'null' }} as {{ column[1] }})
            {%- endif %}
        as {{ column[0] }}{{ ',' if not loop.last }}
        {%- endfor %}
from {{ relation }}
        {% endif %}
    {% endif %}
{% endmacro %}
