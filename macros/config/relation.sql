{#- The relation that {'source': [a, b]} or {'ref': [a, b]} names, with its lineage. -#}
{% macro relation(spec) %}
    {% if spec is mapping and spec.get('source') %}
        {{ return(source(spec['source'][0], spec['source'][1])) }}
    {% elif spec is mapping and spec.get('ref') %}
        {{ return(ref(spec['ref'][0], spec['ref'][1])) }}
    {% endif %}
    {% do exceptions.raise_compiler_error(
        "model_monitor.relation: not a relation. Valid: {'source': [source, table]} or "
        ~ "{'ref': [project, model]}. Got: " ~ spec ~ '.'
    ) %}
{% endmacro %}
