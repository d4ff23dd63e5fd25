{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'window_name', 'window_end'],
    replaced_by='int_monitor__touched_windows'
) }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__aligned_bins') }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__comparisons') }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__series') }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__touched_windows') }}
{%- set plugged = model_monitor.monitors() | selectattr('plugins') | list %}
{%- do model_monitor.check_plugin_statistics(plugged) %}
{%- set key = [
    'monitor', 'log', 'role', 'model_version', 'window_name', 'window_end', 'slice_name',
    'slice_value', 'subject', 'baseline',
] %}

with empty as (

    {{ model_monitor.empty_plugins() | indent(4) }}

)
{%- if plugged %},

comparisons as (

    select
        comparisons.comparison_id,
        comparisons.valid_count,
        comparisons.baseline_valid_count,
        comparisons.role,
        comparisons.model_version,
        comparisons.baseline,
        comparisons.row_count,
        touched.monitor,
        touched.log,
        touched.window_name,
        touched.window_start,
        touched.window_end,
        series.slice_name,
        series.slice_value,
        series.subject
    from {{ ref('model_monitor', 'int_monitor__comparisons') }} as comparisons
    inner join {{ ref('model_monitor', 'int_monitor__touched_windows') }} as touched
        on comparisons.window_id = touched.window_id
    inner join {{ ref('model_monitor', 'int_monitor__series') }} as series
        on comparisons.series_id = series.series_id
    where comparisons.is_sufficient
        and touched.monitor in (
            {%- for monitor in plugged %}
            {{ model_monitor.text_literal(monitor.name) }}{{ ',' if not loop.last }}
            {%- endfor %}
        )

),

grouped as (

    {{ model_monitor.group_count_rows() | indent(4) }}

),

shares as (

    select
        comparisons.*,
        {{ model_monitor.safe_divide('grouped.c', 'comparisons.valid_count') }} as p,
        {{ model_monitor.safe_divide('grouped.b', 'comparisons.baseline_valid_count') }} as q
    from grouped
    inner join comparisons
        on grouped.comparison_id = comparisons.comparison_id
    where grouped.is_valid
        and grouped.c + grouped.b > 0

)
{%- for monitor in plugged %}
{%- set of_monitor = loop.index0 %}
{%- for name, plugin in monitor.plugins.items() %},

plugin_{{ of_monitor }}_{{ loop.index0 }} as (

    select
        {{ model_monitor.listed_columns('', key) }},
        min(window_start) as window_start,
        cast(min(row_count) as bigint) as row_count,
        {{ model_monitor.text_literal(name) }} as plugin,
        cast({{ plugin.threshold }} as {{ model_monitor.type_double() }}) as threshold,
        cast({{ model_monitor.plugin_statistic(plugin) }} as {{ model_monitor.type_double() }})
            as value
    from shares
    where monitor = {{ model_monitor.text_literal(monitor.name) }}
    group by {{ model_monitor.listed_columns('', key) }}

)
{%- endfor %}
{%- endfor %}
{%- endif %},

final as (

    select * from empty
    {%- for monitor in plugged %}
    {%- set of_monitor = loop.index0 %}
    {%- for name in monitor.plugins %}

    union all

    select
        monitor,
        log,
        role,
        model_version,
        window_name,
        window_start,
        window_end,
        slice_name,
        slice_value,
        subject,
        baseline,
        plugin,
        value,
        threshold,
        row_count
    from plugin_{{ of_monitor }}_{{ loop.index0 }}
    {%- endfor %}
    {%- endfor %}

)

select * from final
