{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'window_name', 'window_end'],
    replaced_by='int_monitor__touched_windows'
) }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__aligned_bins') }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__comparisons') }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__series') }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__touched_windows') }}
{%- set plugins = model_monitor.plugins() %}
{%- set monitors = plugins | map(attribute='monitor') | unique | list %}
{%- do model_monitor.check_plugins(plugins) %}
{%- set key = [
    'monitor', 'log', 'role', 'model_version', 'window_name', 'window_end', 'slice_name',
    'slice_value', 'subject', 'baseline',
] %}

with empty as (

    {{ model_monitor.empty_plugins() | indent(4) }}

)
{%- if plugins %},

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
        and touched.monitor in ({{ model_monitor.word_literals(monitors) }})

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
{%- endif %},

final as (

    select * from empty
    {%- for plugin in plugins %}

    union all

    select
        monitor,
        log,
        role,
        model_version,
        window_name,
        min(window_start) as window_start,
        window_end,
        slice_name,
        slice_value,
        subject,
        baseline,
        {{ model_monitor.text_literal(plugin.name) }} as plugin,
        cast({{ plugin.statistic }} as {{ model_monitor.type_double() }}) as value,
        cast({{ plugin.threshold }} as {{ model_monitor.type_double() }}) as threshold,
        cast(min(row_count) as bigint) as row_count
    from shares
    where monitor = {{ model_monitor.text_literal(plugin.monitor) }}
    group by {{ model_monitor.listed_columns('', key) }}
    {%- endfor %}

)

select * from final
