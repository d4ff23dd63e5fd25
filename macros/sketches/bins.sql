{#
    The sketch of one log over the periods that this run touched (for `kind` reference, over the
    source of its rulers): the number of rows in each bin of each subject, per period, version,
    role, arm and slice. The rows are typed once and counted by the fewest groupings that cover the
    slices: a combination is counted, and its margins are rolled up from it.

    Special bins: -1 missing, -2 invalid, -3 unseen; -4 and -5 rows at the exact minimum and maximum
    of the period (over all rows only); -9 all rows, with the sums of (x - c) and (x - c)² in
    millionths of the ruler's scale. The -9 row is the coverage row: it exists for every group.
#}
{% macro bin_sketch(monitor, log, kind) %}
    {{- return(adapter.dispatch('bin_sketch', 'model_monitor')(monitor, log, kind)) -}}
{% endmacro %}

{# The groupings to scan: each combination, and each single slice that no combination contains. #}
{% macro scanned_groupings(log) %}
    {% set groupings = [] %}
    {% set covered = [] %}
    {% for slice in log.slices if slice.columns | length > 1 %}
        {% do groupings.append(slice.columns) %}
        {% do covered.extend(slice.columns) %}
    {% endfor %}
    {% for slice in log.slices if slice.columns | length == 1 and slice.columns[0] not in covered %}
        {% do groupings.append(slice.columns) %}
    {% endfor %}
    {{ return(groupings or [[]]) }}
{% endmacro %}

{# The slices that each scan yields: [(columns), …], each slice of the log exactly once. #}
{% macro rolled_up_slices(log) %}
    {% set done = [] %}
    {% set plan = [] %}
    {% for grouping in model_monitor.scanned_groupings(log) %}
        {% set slices = [] %}
        {% for slice in log.slices if slice.name not in done %}
            {% set inside = slice.columns | reject('in', grouping) | list | length == 0 %}
            {% if inside and (slice.columns | length == 1 or slice.columns == grouping) %}
                {% do slices.append(slice) %}
                {% do done.append(slice.name) %}
            {% endif %}
        {% endfor %}
        {% do plan.append({'columns': grouping, 'slices': slices}) %}
    {% endfor %}
    {{ return(plan) }}
{% endmacro %}

{#
    The scans of a log: {'grain', 'columns', 'slices' that it yields, 'subjects', 'fine': the
    subjects whose fine bins are kept}. All rows are scanned by hour where hours are kept, and their
    days are summed from the hours. The slices of an hour are scanned one by one: their combinations
    would have more groups than rows.
#}
{% macro sketch_scans(log, has_hours) %}
    {% set subjects = log.subjects %}
    {% set watched = subjects | selectattr('kind', 'in', ['score', 'operation']) | list %}
    {% set primary = subjects | selectattr('primary') | list %}
    {% set hour_subjects = [] %}
    {% for subject in subjects if subject in watched or subject.critical %}
        {% do hour_subjects.append(subject) %}
    {% endfor %}
    {% set scans = [] %}
    {% for part in model_monitor.rolled_up_slices(log) if part.columns %}
        {% do scans.append({'grain': 'day', 'columns': part.columns, 'slices': part.slices,
            'subjects': subjects, 'fine': watched}) %}
    {% endfor %}
    {% do scans.append({'grain': 'hour' if has_hours else 'day', 'columns': [],
        'slices': [{'name': '(all)', 'columns': []}], 'subjects': subjects, 'fine': subjects}) %}
    {% for slice in log.slices if has_hours %}
        {% set scanned = hour_subjects if slice.columns | length == 1 else primary %}
        {% if scanned %}
            {% do scans.append({'grain': 'hour', 'columns': slice.columns, 'slices': [slice],
                'subjects': scanned, 'fine': primary}) %}
        {% endif %}
    {% endfor %}
    {{ return(scans) }}
{% endmacro %}

{#
    The cell of each fine bin. For all rows, an hour is counted in fine bins, because its day is
    summed from it. An hour keeps the fine bins of scores and operations; for features it keeps the
    cells that contain the fine bins. `subject` is the position from 0.
#}
{% macro hour_cells(monitor, log) %}
    select
        subjects.subject_position - 1 as subject,
        bins.bin,
        bins.cell_bin
    from {{ ref('model_monitor', 'int_monitor__ruler_bins') }} as bins
    inner join {{ ref('model_monitor', 'int_monitor__subjects') }} as subjects
        on bins.monitor = subjects.monitor
        and bins.log = subjects.log
        and bins.subject = subjects.subject
    where bins.monitor = {{ model_monitor.text_literal(monitor.name) }}
        and bins.log = {{ model_monitor.text_literal(log.name) }}
        and bins.bin between 0 and 999
        and subjects.subject_type = 'numeric'
        and subjects.subject_kind not in ('score', 'operation')
{% endmacro %}

{# The columns of the sketch and their types. #}
{% macro bin_columns() %}
    {{ return([
        ['monitor', model_monitor.type_text()],
        ['log', model_monitor.type_text()],
        ['role', model_monitor.type_text()],
        ['arm', model_monitor.type_text()],
        ['model_version', model_monitor.type_text()],
        ['grain', model_monitor.type_text()],
        ['period_start', 'timestamp'],
        ['period_time', 'timestamp'],
        ['slice_name', model_monitor.type_text()],
        ['slice_value', model_monitor.type_text()],
        ['subject', model_monitor.type_text()],
        ['series_id', 'bigint'],
        ['ruler_version', 'integer'],
        ['bin', 'integer'],
        ['row_count', 'bigint'],
        ['sum_1', 'decimal(38, 0)'],
        ['sum_2', 'decimal(38, 0)'],
        ['value_min', model_monitor.type_double()],
        ['value_max', model_monitor.type_double()],
        ['clamped_count', 'bigint'],
    ]) }}
{% endmacro %}
