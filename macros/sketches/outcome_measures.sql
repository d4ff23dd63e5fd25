{#-
    From log_rows of outcome_sketch to rolled_up: the label (entry 0) and each score as rows of their
    own, counted by as few groupings as cover the slices.
-#}
{% macro _outcome_measures(log, outcome, columns) %}
{% set keys = model_monitor._outcome_keys(columns) %}
{% set parts = ['label_rows'] %}
label_rows as (

    select
        {{ keys }},
        0 as entry,
        delay_bin as bin,
        matured,
        case when y is null then 0 else 1 end as labelled,
        observed,
        late,
        early,
        invalid,
        {{ 'cast(null as decimal(18, 0))' if outcome['value'] == 'class'
            else 'case when y is not null then ' ~ model_monitor.fixed_point('y') ~ ' end' }} as y_fixed,
        cast(null as decimal(18, 0)) as p_fixed,
        cast(null as decimal(18, 0)) as ape_fixed,
        cast(null as decimal(18, 0)) as loss_fixed,
        cast(null as integer) as outcome_cell,
        {{ model_monitor._nothing_estimated() }}
    from log_rows

),
{% for entry in outcome.entries %}
{% do parts.append('measured_' ~ loop.index) %}
{{ model_monitor._scored_entry(outcome, entry, loop.index, keys) }}
{% endfor %}
{% for score in outcome.entries | selectattr('kind', 'equalto', 'multiclass')
    | map(attribute='score') | unique %}
{% do parts.append('micro_' ~ loop.index) %}
{{ model_monitor._micro_entry(outcome, score, loop.index, keys) }}
{% endfor %}
counted_rows as (

    {% for part in parts %}
    select * from {{ part }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),
{% for part in model_monitor.rolled_up_slices(log) %}

scan_{{ loop.index0 }} as (

    select
        period_start,
        model_version,
        role,
        arm,
        {%- for column in part.columns %}
        d{{ columns.index(column) }},
        {%- endfor %}
        entry,
        bin,
        {{ model_monitor._outcome_aggregates() | indent(8) }}
    from counted_rows
    group by
        period_start,
        model_version,
        role,
        arm,
        {%- for column in part.columns %}
        d{{ columns.index(column) }},
        {%- endfor %}
        entry,
        bin

),
{% endfor %}

rolled_up as (

    {%- for part in model_monitor.rolled_up_slices(log) %}
    {%- set scan = loop.index0 %}
    {%- for slice in ([{'name': '(all)', 'columns': []}] if loop.first else []) + part.slices %}
    {{ 'union all' if not (loop.first and scan == 0) }}
    {#- delays are kept of the whole alone #}
    {%- set bin = 'bin' if not slice.columns else 'case when entry = 0 then -1 else bin end' %}
    select
        {{ model_monitor.text_literal(slice.name) }} as slice_name,
        {{ model_monitor.vocabulary_label(log, slice) }} as slice_value,
        period_start,
        model_version,
        role,
        arm,
        entry,
        {{ bin }} as bin
        {%- for name in model_monitor.outcome_counts() + model_monitor.outcome_sums() %},
        sum({{ name }}) as {{ name }}
        {%- endfor %}
    from scan_{{ scan }}
    {{- model_monitor.vocabulary_join(log, slice) | indent(4) }}
    group by
        {%- if slice.columns %}
        {{ model_monitor.vocabulary_label(log, slice) }},
        {%- endif %}
        period_start,
        model_version,
        role,
        arm,
        entry,
        {{ bin }}
    {%- endfor %}
    {%- endfor %}

),
{% endmacro %}

{% macro _outcome_keys(columns) -%}
period_start,
        model_version,
        role,
        arm
        {%- for column in columns %},
        d{{ loop.index0 }}
        {%- endfor %}
{%- endmacro %}

{#- One score (or one class of it): its bin, and what is added up where label and score are valid. -#}
{% macro _scored_entry(outcome, entry, position, keys) %}
{% set x = 'x' ~ (position - 1) %}
{% set subject = entry.subject %}
{% set is_probability = entry.kind != 'regression' %}
{% set is_class = entry.kind == 'multiclass' %}
{% set double = model_monitor.type_double() %}
{% set threshold = 'cast(' ~ model_monitor.value_literal(entry.threshold) ~ ' as ' ~ double ~ ')' %}
{% if entry.primary %}
    {% set threshold = 'coalesce(version_threshold, ' ~ threshold ~ ')' %}
{% endif %}
{% set valid = model_monitor.is_valid_number(subject, x) | trim %}
{% set unit = '' if is_probability else ' - rulers.center) / rulers.scale' %}
scored_{{ position }} as (

    select
        {{ keys }},
        matured,
        observed,
        {{ x }} as x,
        {%- if is_class %}
        case when y = {{ model_monitor.text_literal(entry.class) }} then 1e0 when y is not null then 0e0 end as y,
        {{ model_monitor._said_class(outcome, entry) }} = {{ model_monitor.text_literal(entry.class) }} as said,
        {%- else %}
        y,
        {%- if entry.kind == 'binary' %}
        {{ 'coalesce(decided, ' if entry.primary and outcome.decided else '' }}{{ x }} >= {{ threshold }}
            {{- ')' if entry.primary and outcome.decided else '' }} as said,
        {%- endif %}
        {%- endif %}
        y is not null and coalesce({{ valid }}, false) as is_good,
        {%- if is_probability %}
        case when {{ valid }} then cast(floor({{ x }} * 1000) as integer) end as cell,
        {%- endif %}
        case
            when {{ x }} is null then -1
            when not coalesce({{ valid }}, false) then -2
            else 0
        end as kind_bin
    from log_rows
    {%- if entry.kind != 'binary' %}
    where matured = 1
    {%- endif %}

),

measured_{{ position }} as (

    select
        {{ keys }},
        {{ position }} as entry,
        {{ 'case when kind_bin < 0 then kind_bin else coalesce(bin_cells.bin, -2) end' if is_probability
            else 'kind_bin' }} as bin,
        matured,
        case when is_good then 1 else 0 end as labelled,
        observed,
        0 as late,
        0 as early,
        case when y is not null and not is_good then 1 else 0 end as invalid,
        case when is_good then {{ model_monitor.fixed_point('(y' ~ unit if unit else 'y') }} end as y_fixed,
        case when is_good then {{ model_monitor.fixed_point('(x' ~ unit if unit else 'x') }} end as p_fixed,
        {%- if is_probability %}
        cast(null as decimal(18, 0)) as ape_fixed,
        case when is_good then {{ model_monitor.fixed_point(
            '-ln(greatest(case when y = 1 then x else 1 - x end, 1e-15))'
        ) }} end as loss_fixed,
        case
            when not is_good or said is null then null
            when said then case when y = 1 then 1 else 2 end
            when y = 1 then 3
            else 4
        end as outcome_cell,
        {%- else %}
        case when is_good and y <> 0 then {{ model_monitor.fixed_point('abs((x - y) / y)') }} end as ape_fixed,
        cast(null as decimal(18, 0)) as loss_fixed,
        cast(null as integer) as outcome_cell,
        {%- endif %}
        {%- if entry.kind == 'binary' %}
        case when kind_bin = 0 then 1 else 0 end as scored,
        case when kind_bin = 0 and said is not null then 1 else 0 end as decided,
        case when kind_bin = 0 and said then 1 else 0 end as said,
        case when kind_bin = 0 then {{ model_monitor.fixed_point('x') }} end as scored_fixed
        {%- else %}
        {{ model_monitor._nothing_estimated() }}
        {%- endif %}
    from scored_{{ position }}
    {%- if is_probability %}
    left join bin_cells
        on bin_cells.subject = {{ model_monitor.text_literal(subject.name) }}
        and scored_{{ position }}.cell = bin_cells.cell
        and scored_{{ position }}.x <= bin_cells.upper_edge
        and (
            scored_{{ position }}.x > bin_cells.lower_edge
            or (bin_cells.lower_edge = bin_cells.upper_edge and scored_{{ position }}.x = bin_cells.upper_edge)
        )
    {%- else %}
    left join rulers
        on rulers.subject = {{ model_monitor.text_literal(subject.name) }}
    {%- endif %}

),
{% endmacro %}

{#- What estimates are made of, where there are none: only a score of yes or no has one. -#}
{% macro _nothing_estimated() -%}
0 as scored,
        0 as decided,
        0 as said,
        cast(null as decimal(18, 0)) as scored_fixed
{%- endmacro %}

{#- The class that was said: the column for it, or the most probable one. -#}
{% macro _said_class(outcome, entry) -%}
    {%- if entry.predicted is not none -%}
said_class
    {%- else -%}
    {%- set classes = [] -%}
    {%- for other in outcome.entries if other.score == entry.score -%}
        {%- do classes.append(['x' ~ outcome.entries.index(other), other.class]) -%}
    {%- endfor -%}
case greatest({% for x, class in classes %}coalesce({{ x }}, -1e0){{ ', ' if not loop.last }}{% endfor %})
            {%- for x, class in classes %} when {{ x }} then {{ model_monitor.text_literal(class) }}{% endfor %} end
    {%- endif -%}
{%- endmacro %}

{#- All classes of a multiclass score together: actual and predicted, and the loss of the actual one. -#}
{% macro _micro_entry(outcome, score, position, keys) %}
{% set entries = outcome.entries | selectattr('score', 'equalto', score) | list %}
{% set said = model_monitor._said_class(outcome, entries[0]) %}
micro_{{ position }} as (

    select
        {{ keys }},
        {{ 999 + position }} as entry,
        case
            when y is null or {{ said }} is null then -1
            else 1000 * {{ model_monitor._class_position(entries, 'y') }}
                + {{ model_monitor._class_position(entries, said) }}
        end as bin,
        1 as matured,
        case when y is not null and {{ said }} is not null then 1 else 0 end as labelled,
        observed,
        0 as late,
        0 as early,
        0 as invalid,
        cast(null as decimal(18, 0)) as y_fixed,
        cast(null as decimal(18, 0)) as p_fixed,
        cast(null as decimal(18, 0)) as ape_fixed,
        case y
            {%- for entry in entries %}
            {%- set x = 'x' ~ outcome.entries.index(entry) %}
            when {{ model_monitor.text_literal(entry.class) }}
                then case when {{ x }} >= 0 and {{ x }} <= 1
                    then {{ model_monitor.fixed_point('-ln(greatest(' ~ x ~ ', 1e-15))') }} end
            {%- endfor %}
        end as loss_fixed,
        case when y = {{ said }} then 1 when y <> {{ said }} then 2 end as outcome_cell,
        {{ model_monitor._nothing_estimated() }}
    from log_rows
    where matured = 1

),
{% endmacro %}

{% macro _class_position(entries, class) -%}
case {{ class }}{% for entry in entries %} when {{ model_monitor.text_literal(entry.class) }} then {{ loop.index0 }}{% endfor %} else {{ entries | length }} end
{%- endmacro %}

{% macro _outcome_aggregates() -%}
    {%- set y = 'cast(y_fixed as decimal(38, 0))' -%}
    {%- set p = 'cast(p_fixed as decimal(38, 0))' -%}
count(*) as row_count,
    sum(matured) as matured_count,
    sum(labelled) as labelled_count,
    sum(observed) as observed_count,
    sum(late) as late_count,
    sum(early) as early_count,
    sum(invalid) as invalid_count,
    sum(case when outcome_cell = 1 then 1 else 0 end) as true_positives,
    sum(case when outcome_cell = 2 then 1 else 0 end) as false_positives,
    sum(case when outcome_cell = 3 then 1 else 0 end) as false_negatives,
    sum(case when outcome_cell = 4 then 1 else 0 end) as true_negatives,
    count(ape_fixed) as ape_count,
    sum(case when abs(y_fixed) >= 1000000000000000 or abs(p_fixed) >= 1000000000000000
        then 1 else 0 end) as clamped_count,
    sum(y_fixed) as sum_y,
    sum(p_fixed) as sum_p,
    sum({{ y }} * y_fixed) as sum_yy,
    sum({{ p }} * p_fixed) as sum_pp,
    sum({{ p }} * y_fixed) as sum_py,
    sum(abs(p_fixed - y_fixed)) as sum_abs,
    sum(ape_fixed) as sum_ape,
    sum(loss_fixed) as sum_loss,
    sum(scored) as scored_count,
    sum(decided) as decided_count,
    sum(said) as said_count,
    sum(scored_fixed) as sum_scored
{%- endmacro %}
