{#-
    The steps from log_rows of outcome_sketch to rolled_up. Every score has its own rows, and the
    first also carries the label. One grouping counts them for the fewest slices that cover all.
    Each binary property of a row is one bit of its `state`, and rows are grouped by state: a row is
    counted once, not once per property. If every score is a probability, its outcome is one too,
    and all sums follow from three.
-#}
{% macro _outcome_measures(monitor, outcome, columns) %}
{% set log = monitor.logs[0] %}
{% set keys = model_monitor._outcome_keys(columns) %}
{% set scans = model_monitor.rolled_up_slices(log) %}
{% set parts = [] %}
{% set has_numbers = model_monitor._has_numbers(outcome) %}
{% set worths = model_monitor._worth_sums() if outcome.costs else {} %}
{% set combinations = [] %}
{% for slice in log.slices if slice.columns | length > 1 %}
{% do combinations.append(slice) %}
{% endfor %}
{% for entry in outcome.entries %}
{% do parts.append('measured_' ~ loop.index) %}
{{ model_monitor._scored_entry(monitor, outcome, entry, loop.index, keys, has_numbers) }}
{% if entry.is_costed %}
{% do parts.append('worth_rows') %}
{{ model_monitor._worth_entry('scored_' ~ loop.index, keys) }}
{% endif %}
{% else %}
{% do parts.append('label_rows') %}
{{ model_monitor._label_alone(keys) }}
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

-- scan -1 has the delays, the others have the bins of the slices that they yield
counted as (

    select
        {{ keys }},
        entry,
        bin,
        delay_bin,
        state,
        case
            when grouping(delay_bin) = 0 then -1
            {%- for scan in scans if scan.columns %}
            when {% for column in columns -%}
                grouping(n{{ loop.index0 }}) = {{ 0 if column in scan.columns else 1 }}
                {{- ' and ' if not loop.last }}
                {%- endfor %} then {{ loop.index0 }}
            {%- endfor %}
            else 0
        end as scan,
        {{ model_monitor._state_aggregates(has_numbers) | indent(8) }}
        {{- model_monitor._worth_aggregates() if outcome.costs }}
    from counted_rows
    group by grouping sets (
        (period_start, arm_number, entry, delay_bin, state)
        {%- for scan in scans %},
        (
            period_start, arm_number, entry, bin, state
            {%- for column in scan.columns %}, n{{ columns.index(column) }}{% endfor -%}
        )
        {%- endfor %}
    )

),

-- delays are kept for all rows only
places as (

    {{ model_monitor.literal_rows(
        [['scan', 'integer'], ['slice_name', model_monitor.type_text()], ['is_label', 'boolean']],
        model_monitor._outcome_places(scans)
    ) | indent(4) }}

),

placed as (

    select
        counted.*,
        places.slice_name,
        places.is_label
        {%- if combinations %}
        {%- for column in columns %},
        coalesce(vocabulary_{{ loop.index0 }}.slice_value, '(other)') as d{{ loop.index0 }}
        {%- endfor %}
        {%- endif %}
    from counted
    inner join places
        on counted.scan = places.scan
        and case
            when places.is_label then counted.entry = {{ 1 if outcome.entries else 0 }}
            {%- if outcome.entries and outcome.entries[0].kind == 'regression' %}
            when counted.entry = 1 then {{ model_monitor._has_state('matured') }}
            {%- endif %}
            else counted.entry > 0
        end
    {%- for column in columns if combinations %}
    left join vocabulary as vocabulary_{{ loop.index0 }}
        on counted.n{{ loop.index0 }} = vocabulary_{{ loop.index0 }}.value_number
    {%- endfor %}

),

told as (

    select
        placed.slice_name,
        {{ model_monitor._placed_value(log, columns) | indent(8) }} as value_number,
        placed.period_start,
        placed.arm_number,
        case when placed.is_label then 0 else placed.entry end as entry,
        case when placed.is_label then coalesce(placed.delay_bin, -1) else placed.bin end as bin,
        case
            when placed.is_label then {{ model_monitor._label_state(outcome) | indent(12) }}
            else placed.state & {{ model_monitor._states(
                model_monitor._state_names() | reject('in', model_monitor._label_states())
            ) }}
        end as state,
        {{ model_monitor._told_aggregates(has_numbers) | indent(8) }}
        {%- for name in worths %},
        placed.{{ name }}
        {%- endfor %}
    from placed
    {{- model_monitor._placed_combinations(log, combinations) | indent(4) }}

),

summed as (

    select
        slice_name,
        value_number,
        period_start,
        arm_number,
        entry,
        bin,
        {{ model_monitor._outcome_aggregates(has_numbers) | indent(8) }}
        {%- for name in worths %},
        sum({{ name }}) as {{ name }}
        {%- endfor %}
    from told
    group by
        slice_name,
        value_number,
        period_start,
        arm_number,
        entry,
        bin

),

rolled_up as (

    select
        slice_name,
        value_number,
        period_start,
        arm_number,
        entry,
        bin
        {%- for name in model_monitor.outcome_counts() + model_monitor.outcome_sums() %},
        {{ model_monitor._told_sum(name, has_numbers, worths) }}
        {%- endfor %}
        {{- ',
        stake_squares_high as sum_pp_high' if outcome.costs }}
    from summed

),
{% endmacro %}

{#- Are there sums that cannot be derived from those of a probability? -#}
{% macro _has_numbers(outcome) %}
    {{ return(outcome['value'] == 'number') }}
{% endmacro %}

{#- The slices that the rows of a scan contribute to, for a score and for the label. -#}
{% macro _outcome_places(scans) %}
    {% set rows = [['-1', "'(all)'", 'true'], ['0', "'(all)'", 'false']] %}
    {% for scan in scans %}
        {% set number = loop.index0 | string %}
        {% for slice in scan.slices %}
            {% for is_label in ['true', 'false'] %}
                {% do rows.append([number, model_monitor.text_literal(slice.name), is_label]) %}
            {% endfor %}
        {% endfor %}
    {% endfor %}
    {{ return(rows) }}
{% endmacro %}

{#-
    The vocabulary number of the value of the slice that a row was assigned to; 0 if it is not in
    the vocabulary.
-#}
{% macro _placed_value(log, columns) -%}
case placed.slice_name
    when '(all)' then 0
    {%- for slice in log.slices %}
    when {{ model_monitor.text_literal(slice.name) }} then
        {%- if slice.columns | length == 1 %} placed.n{{ columns.index(slice.columns[0]) }}
        {%- else %} coalesce(combination.value_number, 0)
        {%- endif %}
    {%- endfor %}
end
{%- endmacro %}

{#- Joins all combinations of the vocabulary at once. -#}
{% macro _placed_combinations(log, combinations) -%}
    {%- if combinations %}
left join vocabulary as combination
    on placed.slice_name = combination.slice_name
    and combination.slice_value = case placed.slice_name
        {%- for slice in combinations %}
        when {{ model_monitor.text_literal(slice.name) }} then {{ model_monitor.joined_labels(log, slice) }}
        {%- endfor %}
    end
    {%- endif -%}
{%- endmacro %}

{% macro _outcome_keys(columns) -%}
period_start,
        arm_number
        {%- for column in columns %},
        n{{ loop.index0 }}
        {%- endfor %}
{%- endmacro %}

{#- One score (or one class of it): its bin, and the values to sum where label and score are valid. -#}
{% macro _scored_entry(monitor, outcome, entry, position, keys, has_numbers) %}
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
{% set amounts = {} %}
{% for kind, place in (outcome.costs or {}).items() if place is not none %}
    {% do amounts.update({kind: 'worth_' ~ kind}) %}
{% endfor %}
scored_{{ position }} as (

    select
        {{ keys }},
        matured,
        observed,
        {%- if position == 1 %}
        late,
        early,
        invalid,
        repeated,
        corrected,
        delay_bin,
        {%- endif %}
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
        {%- if entry.is_costed %}
        {{ model_monitor.worth_of_decision(monitor, true, amounts) }} as worth_of_yes,
        {{ model_monitor.worth_of_decision(monitor, false, amounts) }} as worth_of_no,
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
    {%- if not is_probability and position != 1 %}
    where matured = 1
    {%- endif %}

),

measured_{{ position }} as (

    select
        {{ keys }},
        {{ position }} as entry,
        {{ 'case when kind_bin < 0 then kind_bin else coalesce(bin_cells.bin, -2) end' if is_probability
            else 'kind_bin' }} as bin,
        {{ 'delay_bin' if position == 1 else '-1 as delay_bin' }},
        matured * {{ model_monitor._state('matured') }}
        + observed * {{ model_monitor._state('observed') }}
        {%- if position == 1 %}
        + {{ model_monitor._label_bits() }}
        {%- endif %}
        + case
            when is_good then {{ model_monitor._state('labelled') }} + {{ model_monitor._state('told') }}
            when y is not null then {{ model_monitor._state('invalid') }}
            else 0
        end
        {%- if is_probability %}
        + case when y = 1 then {{ model_monitor._state('yes') }} else 0 end
        + case
            when not is_good or said is null then 0
            when said then case when y = 1 then {{ model_monitor._state('true_positive') }}
                else {{ model_monitor._state('false_positive') }} end
            when y = 1 then {{ model_monitor._state('false_negative') }}
            else {{ model_monitor._state('true_negative') }}
        end
        + case when kind_bin = 0 then {{ model_monitor._state('scored') }} else 0 end
        + case when kind_bin = 0 and said is not null then {{ model_monitor._state('decided') }} else 0 end
        + case when kind_bin = 0 and said then {{ model_monitor._state('said') }} else 0 end
        {%- endif %} as state,
        {%- if has_numbers %}
        case when is_good then {{ model_monitor.fixed_point(model_monitor.in_scales('y - rulers.center', 'rulers.scale')) }} end as y_fixed,
        case when is_good then {{ model_monitor.fixed_point(model_monitor.in_scales('x - rulers.center', 'rulers.scale')) }} end as p_fixed,
        case when is_good and y <> 0 then {{ model_monitor.fixed_point('abs(' ~ model_monitor.in_scales('x - y', 'y') ~ ')') }} end as ape_fixed,
        cast(null as decimal(18, 0)) as scored_fixed,
        {{ model_monitor.fixed_low('y') if position == 1 else 'cast(null as decimal(18, 0))' }} as label_low,
        {{ model_monitor.fixed_high('y') if position == 1 else 'cast(null as bigint)' }} as label_high,
        {%- else %}
        case when kind_bin = 0 then cast(floor(x * 1e6 + 0.5) as bigint) end as x_fixed,
        {%- endif %}
        {{ 'case when is_good then ' ~ model_monitor.fixed_point(
            '-ln(greatest(case when y = 1 then x else 1 - x end, 1e-15))'
        ) ~ ' end' if is_probability else 'cast(null as decimal(18, 0))' }} as loss_fixed
        {{- model_monitor._no_worth() if outcome.costs }}
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

{#- A label that no score predicts: it is a number (outcomes_of). -#}
{% macro _label_alone(keys) %}
label_rows as (

    select
        {{ keys }},
        0 as entry,
        -1 as bin,
        delay_bin,
        matured * {{ model_monitor._state('matured') }}
        + observed * {{ model_monitor._state('observed') }}
        + {{ model_monitor._label_bits() }}
        + case when y is null then 0 else {{ model_monitor._state('labelled') }} end as state,
        cast(null as decimal(18, 0)) as y_fixed,
        cast(null as decimal(18, 0)) as p_fixed,
        cast(null as decimal(18, 0)) as ape_fixed,
        cast(null as decimal(18, 0)) as scored_fixed,
        {{ model_monitor.fixed_low('y') }} as label_low,
        {{ model_monitor.fixed_high('y') }} as label_high,
        cast(null as decimal(18, 0)) as loss_fixed
    from log_rows

),
{% endmacro %}

{#- The state bits of a label that do not depend on a score. -#}
{% macro _label_bits() -%}
late * {{ model_monitor._state('late') }}
        + early * {{ model_monitor._state('early') }}
        + invalid * {{ model_monitor._state('no_label') }}
        + repeated * {{ model_monitor._state('repeated') }}
        + corrected * {{ model_monitor._state('corrected') }}
{%- endmacro %}

{#- The states that belong to the label alone; in its own rows no_label is called invalid. -#}
{% macro _label_states() %}
    {{ return(['late', 'early', 'no_label', 'repeated', 'corrected']) }}
{% endmacro %}

{#-
    The state of the label, from the state of the score row that carries it. It is known whether or
    not the score is valid.
-#}
{% macro _label_state(outcome) -%}
{%- set kept = ['matured', 'observed']
    + model_monitor._label_states() | reject('equalto', 'no_label') | list
    + (['yes'] if outcome['value'] == 'binary' else []) -%}
{%- set known = ['labelled'] + (['told'] if outcome['value'] == 'binary' else []) -%}
(placed.state & {{ model_monitor._states(kept) }})
    + case when {{ model_monitor._has_state('no_label') }} then {{ model_monitor._state('invalid') }} else 0 end
    + case when {{ model_monitor._has_state('labelled') }} or {{ model_monitor._has_state('invalid') }}
        then {{ model_monitor._states(known) }} else 0 end
{%- endmacro %}

{#- The predicted class: its column, or the most probable class. -#}
{% macro _said_class(outcome, entry) -%}
    {%- if entry.predicted is not none -%}
said_class
    {%- else -%}
    {#-
        a value that is not a probability (1.7, or NaN, which is greater than every number) predicts
        no class
    -#}
    {%- set classes = [] -%}
    {%- for other in outcome.entries if other.score == entry.score -%}
        {%- set x = 'x' ~ outcome.entries.index(other) -%}
        {%- do classes.append(['case when ' ~ x ~ ' >= 0 and ' ~ x ~ ' <= 1 then ' ~ x ~ ' end', other.class]) -%}
    {%- endfor -%}
case greatest({% for x, class in classes %}coalesce({{ x }}, -1e300){{ ', ' if not loop.last }}{% endfor %})
            {%- for x, class in classes %} when {{ x }} then {{ model_monitor.text_literal(class) }}{% endfor %} end
    {%- endif -%}
{%- endmacro %}

{#-
    All classes of a multiclass score together: actual and predicted class, and the loss of the
    actual one. A label counts if a class was predicted for it. It may still have no loss (an
    undeclared class, a missing or invalid probability): then it is counted as invalid.
-#}
{% macro _micro_entry(outcome, score, position, keys) %}
{% set entries = outcome.entries | selectattr('score', 'equalto', score) | list %}
guessed_{{ position }} as (

    select
        {{ keys }},
        matured,
        observed,
        y,
        {{ model_monitor._said_class(outcome, entries[0]) }} as said,
        case y
            {%- for entry in entries %}
            {%- set x = 'x' ~ outcome.entries.index(entry) %}
            when {{ model_monitor.text_literal(entry.class) }} then case when {{ x }} >= 0 and {{ x }} <= 1 then {{ x }} end
            {%- endfor %}
        end as x
    from log_rows

),

micro_{{ position }} as (

    select
        {{ keys }},
        {{ 999 + position }} as entry,
        case
            when y is null or said is null then -1
            else 1000 * {{ model_monitor._class_position(entries, 'y') }}
                + {{ model_monitor._class_position(entries, 'said') }}
        end as bin,
        -1 as delay_bin,
        matured * {{ model_monitor._state('matured') }}
        + observed * {{ model_monitor._state('observed') }}
        + case when said is not null then {{ model_monitor._state('scored') }} else 0 end
        + case
            when y is null or said is null then 0
            when x is null then {{ model_monitor._state('labelled') }} + {{ model_monitor._state('invalid') }}
            else {{ model_monitor._state('labelled') }}
        end
        + case
            when y = said then {{ model_monitor._state('true_positive') }}
            when y <> said then {{ model_monitor._state('false_positive') }}
            else 0
        end as state,
        cast(null as bigint) as x_fixed,
        case when x is not null and said is not null
            then {{ model_monitor.fixed_point('-ln(greatest(x, 1e-15))') }} end as loss_fixed
        {{- model_monitor._no_worth() if outcome.costs }}
    from guessed_{{ position }}

),
{% endmacro %}

{% macro _class_position(entries, class) -%}
case {{ class }}{% for entry in entries %} when {{ model_monitor.text_literal(entry.class) }} then {{ loop.index0 }}{% endfor %} else {{ entries | length }} end
{%- endmacro %}

{#-
    The properties of a row, each with its own bit. `told` is set where the binary answer is known;
    `yes` is the answer.
-#}
{% macro _state(name) -%}
    {{- return(2 ** model_monitor._state_names().index(name)) -}}
{%- endmacro %}

{% macro _state_names() %}
    {{ return([
        'matured', 'labelled', 'observed', 'late', 'early', 'invalid', 'told', 'yes', 'scored', 'decided', 'said',
        'true_positive', 'false_positive', 'false_negative', 'true_negative', 'no_label',
        'repeated', 'corrected',
    ]) }}
{% endmacro %}

{% macro _states(names) -%}
    {%- set states = [] -%}
    {%- for name in names -%}
        {%- do states.append(model_monitor._state(name)) -%}
    {%- endfor -%}
    {{- return(states | sum) -}}
{%- endmacro %}

{% macro _has_state(name) -%}
(state & {{ model_monitor._state(name) }}) > 0
{%- endmacro %}

{#- The sums over the rows of one state. -#}
{% macro _state_aggregates(has_numbers) -%}
count(*) as n,
    {%- if has_numbers %}
    {%- set y = 'cast(y_fixed as decimal(38, 0))' %}
    {%- set p = 'cast(p_fixed as decimal(38, 0))' %}
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
    sum(scored_fixed) as sum_scored,
    {{ model_monitor.fixed_sum('label_low', 'label_high') }} as label_y,
    sum(cast(label_low as decimal(38, 0)) * label_low) as label_yy,
    {{ model_monitor.fixed_products_high('label_low', 'label_high', 'label_low', 'label_high') }} as label_yy_high,
    sum(case when {{ model_monitor.is_fixed_limit('label_low', 'label_high') }} then 1 else 0 end) as label_clamped,
    {%- else %}
    sum(x_fixed) as sum_x,
    sum(cast(x_fixed * x_fixed as decimal(18, 0))) as sum_xx,
    {%- endif %}
    sum(loss_fixed) as sum_loss
{%- endmacro %}

{#-
    The sums of a state in the slice it was assigned to: the label has its own, and none of the
    score's.
-#}
{% macro _told_aggregates(has_numbers) -%}
placed.n,
    {%- if has_numbers %}
    case when placed.is_label then 0 else placed.ape_count end as ape_count,
    case when placed.is_label then placed.label_clamped else placed.clamped_count end as clamped_count,
    case when placed.is_label then placed.label_y else placed.sum_y end as sum_y,
    case when placed.is_label then placed.label_yy else placed.sum_yy end as sum_yy,
    case when placed.is_label then placed.label_yy_high end as sum_yy_high,
    {%- endif %}
    {%- set sums = ['sum_p', 'sum_pp', 'sum_py', 'sum_abs', 'sum_ape', 'sum_scored', 'sum_loss']
        if has_numbers else ['sum_x', 'sum_xx', 'sum_loss'] %}
    {%- for name in sums %}
    case when not placed.is_label then placed.{{ name }} end as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#-
    The counts and sums of the sketch from those of its states; for probabilities, only the sums
    that determine all others.
-#}
{% macro _outcome_aggregates(has_numbers) -%}
    {%- set asked = {'row_count': none, 'matured_count': 'matured', 'labelled_count': 'labelled',
        'observed_count': 'observed', 'late_count': 'late', 'early_count': 'early', 'invalid_count': 'invalid',
        'true_positives': 'true_positive', 'false_positives': 'false_positive',
        'false_negatives': 'false_negative', 'true_negatives': 'true_negative', 'scored_count': 'scored',
        'decided_count': 'decided', 'predicted_count': 'said', 'repeated_count': 'repeated',
        'corrected_count': 'corrected'} -%}
    {%- for name, state in asked.items() %}
    sum({{ 'case when ' ~ model_monitor._has_state(state) ~ ' then n else 0 end' if state else 'n' }}) as {{ name }},
    {%- endfor %}
    {%- if has_numbers %}
    sum(ape_count) as ape_count,
    sum(clamped_count) as clamped_count,
    {%- for name in model_monitor.outcome_sums() %}
    sum({{ name }}) as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
    {%- else %}
    {%- set good = model_monitor._has_state('labelled') ~ ' and ' ~ model_monitor._has_state('told') -%}
    {%- set yes = model_monitor._has_state('yes') %}
    sum(case when {{ good }} then case when {{ yes }} then n else 0 end end) as yes_count,
    sum(case when {{ good }} then case when {{ yes }} then sum_x else 0 * sum_x end end) as yes_x,
    sum(case when {{ good }} then sum_x end) as sum_p,
    sum(case when {{ good }} then sum_xx end) as sum_pp,
    sum(sum_loss) as sum_loss,
    sum(case when {{ model_monitor._has_state('scored') }} then sum_x end) as sum_scored
    {%- endif %}
{%- endmacro %}

{#-
    A column of the sketch from these sums: if y is 0 or 1 and p a probability, few sums determine
    most.
-#}
{% macro _told_sum(name, has_numbers, worths) -%}
    {%- set yes = 'cast(yes_count as decimal(38, 0))' -%}
    {%- set yes_x = 'cast(yes_x as decimal(38, 0))' -%}
    {%- set derived = {
        'ape_count': '0',
        'clamped_count': '0',
        'sum_y': yes ~ ' * 1000000',
        'sum_yy': yes ~ ' * 1000000000000',
        'sum_py': yes_x ~ ' * 1000000',
        'sum_abs': yes ~ ' * 1000000 + sum_p - 2 * ' ~ yes_x,
        'sum_ape': 'cast(null as decimal(38, 0))',
        'sum_yy_high': 'cast(null as decimal(38, 0))',
    } -%}
    {%- set sum = name if has_numbers or name not in derived else derived[name] -%}
    {%- for worth, column in worths.items() if column == name -%}
        {%- set sum = 'case when entry = ' ~ model_monitor._worth_entry_number() ~ ' then ' ~ worth ~ ' else ' ~ sum ~ ' end' -%}
        {{ sum ~ ' as ' ~ name }}
    {%- else -%}
        {{ sum if sum == name else sum ~ ' as ' ~ name }}
    {%- endfor -%}
{%- endmacro %}
