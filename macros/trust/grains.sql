{#
    The keys that occur most often in each result table, in the windows that the last run changed.
    Every table promises one row per key. The dbt test of the same key reads the whole history; it
    has the tag whole_history, and `run` leaves it out when it runs the suites.
#}
{% macro trust_grains() %}
{%- set window_keys = [
    'monitor', 'log', 'role', 'model_version', 'window_name', 'window_end', 'slice_name',
    'slice_value',
] %}
{%- set tables = [
    ('monitor_profiles', window_keys + ['subject'], 'int_monitor__touched_windows'),
    ('monitor_metrics', window_keys + ['metric'], 'int_monitor__touched_windows'),
    ('monitor_drift', window_keys + ['subject', 'baseline'], 'int_monitor__reevaluated_windows'),
    ('monitor_dataset', window_keys + ['baseline'], 'int_monitor__reevaluated_windows'),
    ('monitor_labels', window_keys + ['outcome'], 'int_monitor__touched_windows'),
    ('monitor_performance', window_keys + ['score', 'outcome', 'class'],
        'int_monitor__touched_windows'),
    ('monitor_calibration', window_keys + ['score', 'outcome', 'class'],
        'int_monitor__touched_windows'),
    ('monitor_estimates', window_keys + ['score', 'outcome', 'class'],
        'int_monitor__touched_windows'),
    ('monitor_fairness', window_keys + ['score', 'outcome'], 'int_monitor__touched_windows'),
    ('monitor_concept', window_keys + ['subject', 'outcome', 'baseline'],
        'int_monitor__touched_windows'),
    ('monitor_concentration', window_keys + ['entity'], 'int_monitor__touched_windows'),
    ('monitor_segments', window_keys[:6]
        + ['subject', 'metric', 'baseline', 'dimension', 'segment'],
        'int_monitor__touched_windows'),
    ('monitor_drift_bins', window_keys + ['subject', 'baseline', 'place'],
        'int_monitor__touched_windows'),
    ('monitor_plugins', window_keys + ['subject', 'baseline', 'plugin'],
        'int_monitor__touched_windows'),
    ('monitor_new_categories', window_keys[:6] + ['subject', 'value'],
        'int_monitor__touched_windows'),
    ('monitor_proxies', window_keys + ['outcome', 'proxy'], 'int_monitor__touched_windows'),
    ('monitor_value', window_keys + ['score', 'outcome'], 'int_monitor__touched_windows'),
    ('monitor_ranking', window_keys + ['score', 'outcome', 'k'], 'int_monitor__touched_windows'),
    ('monitor_confusion', window_keys + ['score', 'outcome', 'actual', 'predicted'],
        'int_monitor__touched_windows'),
    ('monitor_calibration_buckets',
        window_keys + ['score', 'outcome', 'class', 'bucketing', 'bucket'],
        'int_monitor__touched_windows'),
    ('monitor_distributions', window_keys + ['subject', 'bin'], 'int_monitor__touched_windows'),
    ('monitor_signals', window_keys + ['family', 'subject', 'metric', 'baseline'],
        'int_monitor__reevaluated_windows'),
    ('monitor_rulers', ['monitor', 'log', 'subject', 'ruler_version', 'bin'], none),
    ('monitor_quality_report', ['monitor', 'model_version', 'week_end'], none),
    ('monitor_versions_served', ['monitor', 'model_version', 'window_name', 'window_end'], none),
    ('monitor_watermarks', ['run_number', 'monitor', 'log'], none),
] %}
with changed as (

    {{ model_monitor.checked_windows('int_monitor__touched_windows') }}

),

rejudged as (

    {{ model_monitor.checked_windows('int_monitor__reevaluated_windows') }}

),

{% for name, keys, replaced_by in tables %}
{{ name }}_keys as (

    select
        {%- for key in keys %}
        results.{{ key }},
        {%- endfor %}
        count(*) as copies
    from {{ ref('model_monitor', name) }} as results
    {%- if replaced_by %}
    inner join {{ 'changed' if 'touched' in replaced_by else 'rejudged' }} as checked
        on results.monitor = checked.monitor
        and results.log = checked.log
        and results.window_name = checked.window_name
        and results.window_end = checked.window_end
    {%- endif %}
    {%- if name == 'monitor_distributions' %}
    where results.window_end >= {{ model_monitor.first_checked_end('int_monitor__touched_windows') }}
    {%- endif %}
    group by
        {%- for key in keys %}
        results.{{ key }}{{ ',' if not loop.last }}
        {%- endfor %}
    order by copies desc
    limit 20

),

{% endfor %}
final as (

    {% for name, keys, replaced_by in tables %}
    select
        '{{ name }}' as table_name,
        {%- for key in keys %}
        {{ "' · ' || " if not loop.first }}coalesce(
            cast({{ key }} as {{ model_monitor.type_text() }}), 'null'
        ){{ ' ||' if not loop.last else ' as row_key,' }}
        {%- endfor %}
        copies
    from {{ name }}_keys
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select * from final
{% endmacro %}
