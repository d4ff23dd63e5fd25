{#
    The columns of a bin after its subject. Those that are not given are the ones of a bin for a
    value with a name: no edges, a group and a cell of its own, and part of no rate.
#}
{% macro named_bin_columns(given) -%}
    {%- set edge = 'cast(null as ' ~ model_monitor.type_double() ~ ')' -%}
    {%- set columns = {
        'bin': 'bin', 'cell_bin': given.get('bin', 'bin'), 'bin_kind': "'category'",
        'bin_group': given.get('bin', 'bin'), 'lower_edge': edge, 'upper_edge': edge,
        'category': 'category', 'is_zero': 'false', 'is_out_of_range': 'false',
        'is_stale': 'false', 'is_unsure': 'false', 'is_extreme': 'false',
    } -%}
    {%- for column, default in columns.items() %}
        {{ given.get(column, default) }} as {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
