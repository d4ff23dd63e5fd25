{#
    The options of `model-monitor rebuild`: count again from a day on, freeze new rulers, or extend
    the vocabulary of slices. Given as --vars '{rebuild: {from: 2026-06-01, monitor: fraud, subject:
    [amount, country], slice: region}}'; all keys but `from` are optional.
#}
{% macro rebuild_request() %}
    {% set asked = model_monitor.rebuild_vars() %}
    {{ return({
        'from': asked.get('from'),
        'monitor': asked.get('monitor'),
        'subjects': model_monitor.rebuild_subjects(),
        'slices': model_monitor.rebuild_slices(),
    }) }}
{% endmacro %}
