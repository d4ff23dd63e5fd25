{#
    The sketch of one log over the periods this run touched (or, for `kind` reference, of what its
    rulers were frozen from): how many rows fell into each bin of each subject, per period, version,
    role, arm and slice. The rows are typed once and counted by as few groupings as cover the slices:
    a combination is counted, its margins are rolled up.

    Bins of their own: -1 missing, -2 invalid, -3 unseen; -4 and -5 rows at the exact minimum and
    maximum of the period (the whole only); -9 all rows, with the sums of (x - c) and (x - c)² in
    millionths of the ruler's scale. The -9 row is the coverage row: it is there for every group.
#}
{% macro bin_sketch(monitor, log, kind) %}
    {{- return(adapter.dispatch('bin_sketch', 'model_monitor')(monitor, log, kind)) -}}
{% endmacro %}

{# The groupings that are scanned: each combination, and each single slice that no combination holds. #}
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

{# The slices that come out of each scan: [(columns), …], each slice of the log exactly once. #}
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
    What is scanned of a log: {'grain', 'columns', 'slices' that come out of it, 'subjects', 'fine': those
    whose fine bins are kept}. The whole goes by the hour where hours are kept, its days are summed up
    from them; an hour's slices are scanned one by one: their combinations would be sparser than the rows.
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
    An hour of the whole is counted in fine bins, for its day is summed up from it; kept of an hour are
    the fine bins of scores and operations, and of features the cells that their fine bins lie in.
    `subject` is the position from 0.
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
