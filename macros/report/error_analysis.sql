{#
    The queries of the report's error analysis, as data: for each monitor its scores with an
    outcome. Each is {log, score, outcome, kind, min_cell, queries}. `queries` has the texts counts,
    features, slices and examples; one is none where the monitor has nothing of this kind.

    The texts have gaps for what only the report knows: start and end of the week, and as_of of the
    last run.
#}
{% macro error_analysis() %}
    {% set found = {} %}
    {% for monitor in model_monitor.monitors() %}
        {% set here = [] %}
        {% for outcome in model_monitor.outcomes_of(monitor) %}
            {#- any class of a score represents all of them -#}
            {% set scores = {} %}
            {% for entry in outcome.entries %}
                {% do scores.update({entry.score: entry}) %}
            {% endfor %}
            {% for entry in scores.values() if model_monitor._has_decision(entry) %}
                {% do here.append({
                    'log': outcome.log,
                    'score': entry.score,
                    'outcome': outcome.name,
                    'kind': entry.kind,
                    'min_cell': monitor.limits.min_cell,
                    'queries': model_monitor._error_queries(monitor, outcome, entry),
                }) %}
            {% endfor %}
        {% endfor %}
        {% do found.update({monitor.name: here}) %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}

{#-
    Whether a prediction can be right or wrong. A binary score needs a threshold; that of the first
    score may be a logged decision, or stand in policy: versions.
-#}
{% macro _has_decision(entry) %}
    {{ return(entry.kind != 'binary' or entry.primary or entry.threshold is not none) }}
{% endmacro %}

{#- Stands for a value that the report fills in: no SQL contains this character. -#}
{% macro _gap(name) -%}
    {{- return("cast('\u0000" ~ name ~ "\u0000' as timestamp)") -}}
{%- endmacro %}

{% macro _error_queries(monitor, outcome, entry) %}
    {#- the values of a protected column are its groups, and nothing is published about them -#}
    {% set features = monitor.logs[0].subjects
        | selectattr('kind', 'in', ['feature', 'context'])
        | rejectattr('column', 'in', monitor.protected_slices | list) | list %}
    {% set slices = monitor.logs[0].slices
        | rejectattr('name', 'in', monitor.protected_slices | list) | list %}
    {#- a query reads the columns that it needs -#}
    {% set graded = model_monitor._graded_rows(monitor, outcome, entry, []) %}
    {% set with_features = model_monitor._graded_rows(monitor, outcome, entry, features) %}
    {% set queries = {
        'counts': graded ~ model_monitor._error_counts(monitor),
        'features': with_features ~ model_monitor._error_features(monitor, features)
            if features else none,
        'slices': graded ~ model_monitor._error_slices(monitor, slices) if slices else none,
        'examples': with_features ~ model_monitor._error_examples(monitor, features)
            if monitor.examples else none,
    } %}
    {% set texts = {} %}
    {% for name, sql in queries.items() %}
        {% do texts.update({name: none if sql is none else sql.replace(
            model_monitor.as_of_timestamp(), model_monitor._gap('as_of')
        )}) %}
    {% endfor %}
    {{ return(texts) }}
{% endmacro %}

{#-
    The live predictions of the week with a known outcome, as the CTE graded: those of
    raw_outcome_rows with is_wrong, kind, error (the larger, the worse) and the features f0, f1 and
    so on. A regression has no wrong predictions: there is_wrong marks the tenth with the largest
    error.
-#}
{% macro _graded_rows(monitor, outcome, entry, features) %}
    {%- set is_multiclass = entry.kind == 'multiclass' -%}
    {%- set is_regression = entry.kind == 'regression' -%}
    {%- set read = model_monitor._outcome_reads(monitor.logs[0], dict(
        outcome, entries=outcome.entries | selectattr('score', 'equalto', entry.score) | list
    )).expressions | length -%}
    {%- if is_multiclass -%}
        {%- set classes = outcome.entries | selectattr('score', 'equalto', entry.score)
            | map(attribute='class') | list -%}
        {#- one row per prediction: that of the predicted class, whose probability is p -#}
        {%- set chosen = 'actual is not null and (guess = class or (is_first and guess not in ('
            ~ model_monitor.text_literals(classes) ~ ')))' -%}
        {%- set is_wrong = 'guess <> actual' -%}
        {%- set kind = "guess || ' predicted, ' || actual || ' occurred'" -%}
        {%- set error = 'case when guess <> actual then coalesce(p, 0e0) else 1e0 - coalesce(p, 0e0) end' -%}
    {%- elif is_regression -%}
        {%- set chosen = 'p is not null and y is not null' -%}
        {%- set is_wrong = 'error > (select percentile_cont(0.9) within group (order by abs(p - y)) from week)' -%}
        {%- set kind = "case when p > y then 'too high' when p < y then 'too low' else 'exact' end" -%}
        {%- set error = 'abs(p - y)' -%}
    {%- else -%}
        {%- set chosen = 'said is not null and y is not null' -%}
        {%- set is_wrong = 'said <> (y = 1)' -%}
        {%- set kind = "case\n            when said and y = 1 then 'true positive'"
            ~ "\n            when said then 'false positive'"
            ~ "\n            when y = 1 then 'false negative'"
            ~ "\n            else 'true negative'\n        end" -%}
        {%- set error = 'abs(p - y)' -%}
    {%- endif -%}
with log_rows as (
{{ model_monitor.raw_outcome_rows(monitor, outcome, entry, features) | trim }}
),

week as (
    select
        log_rows.*,
        {%- for feature in features %}
        v{{ read + loop.index0 }} as f{{ loop.index0 }},
        {%- endfor %}
        {{ kind }} as kind,
        {{ error }} as error
    from log_rows
    where role = 'live'
        and event_time >= {{ model_monitor._gap('start') }}
        and event_time < {{ model_monitor._gap('end') }}
        and {{ chosen }}
),

graded as (
    select
        week.*,
        {{ is_wrong }} as is_wrong
    from week
),

{% endmacro %}

{% macro _error_counts(monitor) %}
final as (
    select
        {{ model_monitor.text_literal(monitor.name) }} as monitor,
        is_wrong,
        kind,
        count(*) as row_count,
        cast(count(*) as {{ model_monitor.type_double() }}) / sum(count(*)) over () as share
    from graded
    group by is_wrong, kind
)

select * from final
order by case when is_wrong then 0 else 1 end, row_count desc, {{ model_monitor.text_order('kind') }}
{%- endmacro %}

{#-
    One row per graded prediction and feature: number is set for a number, label for a category or
    a boolean, and neither for an invalid value.
-#}
{% macro _feature_rows(features) %}
    {%- set text = model_monitor.type_text() -%}
    {%- set missing, numbers, labels, names = [], [], [], [] -%}
    {%- for feature in features -%}
        {%- set f = 'f' ~ loop.index0 -%}
        {%- do missing.append('when ' ~ loop.index0 ~ ' then ' ~ f ~ ' is null') -%}
        {%- if feature.type == 'numeric' -%}
            {%- do numbers.append('when ' ~ loop.index0 ~ ' then ' ~ model_monitor.as_number(f) | trim) -%}
        {%- elif feature.type == 'boolean' -%}
            {%- do labels.append('when ' ~ loop.index0 ~ ' then case ' ~ model_monitor.as_number(f) | trim
                ~ " when 1 then 'true' when 0 then 'false' end") -%}
        {%- else -%}
            {%- do labels.append(
                'when ' ~ loop.index0 ~ ' then cast(' ~ f ~ ' as ' ~ text ~ ')'
            ) -%}
        {%- endif -%}
        {%- do names.append([loop.index0, model_monitor.text_literal(feature.name)]) -%}
    {%- endfor -%}
features as (
    {{ model_monitor.literal_rows([['feature_number', 'integer'], ['feature', text]], names) | indent(4) }}
),

raw_values as (
    select
        features.feature_number,
        features.feature,
        graded.*,
        case features.feature_number
            {{ missing | join('\n            ') }}
        end as is_missing,
        {{ model_monitor._feature_case(numbers, model_monitor.type_double()) }} as raw_number,
        {{ model_monitor._feature_case(labels, text) }} as raw_label
    from graded
    cross join features
),

feature_rows as (
    select
        raw_values.*,
        case when {{ model_monitor.is_measurable('raw_number') }} then raw_number end as number,
        {{ model_monitor.category_label('raw_label') | indent(8) }} as label
    from raw_values
),
{% endmacro %}

{% macro _feature_case(cases, data_type) -%}
    {%- if not cases -%}
        {{- return('cast(null as ' ~ data_type ~ ')') -}}
    {%- endif -%}
    {%- set branches = cases | join('\n            ') -%}
    {{- return('case features.feature_number\n            ' ~ branches ~ '\n        end') -}}
{%- endmacro %}

{#-
    Whether a cell of wrong and right predictions is too small to be shown. With totals, also where
    all but a few of them are in the cell.
-#}
{% macro _is_small_error_cell(monitor, wrong, right, totals=true) -%}
    {%- set counts = [wrong, right] -%}
    {%- if totals -%}
        {%- do counts.extend(['all_wrong - ' ~ wrong, 'all_right - ' ~ right]) -%}
    {%- endif -%}
    {%- for count in counts -%}
        {{ count }} between 1 and {{ monitor.limits.min_cell - 1 }}
        {%- if not loop.last %}
        or {% endif %}
    {%- endfor -%}
{%- endmacro %}

{#-
    How the values of each feature are distributed among wrong and right predictions. The bins are
    tenths of the week's numbers, or the nine most frequent categories and the rest. One row per bin;
    the columns of a feature (missing shares, medians, PSI) are repeated. Every statistic counts all
    rows; small cells are hidden.
-#}
{% macro _error_features(monitor, features) %}
    {%- set double = model_monitor.type_double() -%}
    {%- set of_feature = 'partition by feature_number' -%}
{{ model_monitor._feature_rows(features) | trim }}

placed as (
    select
        feature_number,
        feature,
        is_wrong,
        number,
        label,
        case
            when is_missing then 'missing'
            when label is not null then 'category'
            when number is not null then 'number'
            else 'invalid'
        end as bin_kind,
        case when number is not null then cast(floor(
            10e0 * (rank() over (partition by feature_number, number is null order by number) - 1)
            / count(*) over (partition by feature_number, number is null)
        ) as integer) end as tenth
    from feature_rows
),

medians as (
    select
        feature_number,
        percentile_cont(0.5) within group (order by case when is_wrong then number end)
            as wrong_median,
        percentile_cont(0.5) within group (order by case when not is_wrong then number end)
            as right_median,
        count(case when is_wrong then number end) as wrong_numbers,
        count(case when not is_wrong then number end) as right_numbers
    from placed
    group by feature_number
),

cells as (
    select
        feature_number,
        feature,
        bin_kind,
        tenth,
        label,
        max(number) as upper_edge,
        count(case when is_wrong then 1 end) as wrong_rows,
        count(case when not is_wrong then 1 end) as right_rows
    from placed
    group by feature_number, feature, bin_kind, tenth, label
),

ordered as (
    select
        cells.*,
        row_number() over (
            partition by feature_number, bin_kind
            order by wrong_rows + right_rows desc, tenth, {{ model_monitor.text_order('label') }}
        ) as place
    from cells
),

bins as (
    select
        feature_number,
        feature,
        case when bin_kind = 'category' and place > 9 then 'other' else bin_kind end as bin_kind,
        tenth,
        case when bin_kind <> 'category' or place <= 9 then label end as label,
        max(upper_edge) as upper_edge,
        cast(sum(wrong_rows) as bigint) as wrong_rows,
        cast(sum(right_rows) as bigint) as right_rows
    from ordered
    group by 1, 2, 3, 4, 5
),

totals as (
    select
        bins.*,
        lag(upper_edge) over (partition by feature_number, bin_kind order by tenth) as lower_edge,
        row_number() over (partition by feature_number, bin_kind order by tenth desc) = 1
            as is_last,
        sum(wrong_rows) over ({{ of_feature }}) as all_wrong,
        sum(right_rows) over ({{ of_feature }}) as all_right,
        count(*) over ({{ of_feature }}) as bin_count,
        sum(case when bin_kind = 'missing' then wrong_rows else 0 end) over ({{ of_feature }})
            as wrong_missing,
        sum(case when bin_kind = 'missing' then right_rows else 0 end) over ({{ of_feature }})
            as right_missing
    from bins
),

shares as (
    select
        totals.*,
        cast(wrong_rows as {{ double }}) / nullif(all_wrong, 0) as p,
        cast(right_rows as {{ double }}) / nullif(all_right, 0) as q,
        wrong_rows + right_rows as row_count,
        cast(wrong_rows as {{ double }}) / (wrong_rows + right_rows) as error_rate,
        cast(all_wrong as {{ double }}) / (all_wrong + all_right) as overall_rate,
        {{ model_monitor._is_small_error_cell(monitor, 'wrong_rows', 'right_rows') }} as is_small,
        {{ model_monitor._is_small_error_cell(monitor, 'wrong_missing', 'right_missing') }}
            as is_missing_small
    from totals
),

distances as (
    select
        feature_number,
        {{ model_monitor.exact_sum(model_monitor.psi_term('p', 'q', 'bin_count') | trim) }} as psi,
        max(bin_count - 1) * (1e0 / nullif(max(all_wrong), 0) + 1e0 / nullif(max(all_right), 0))
            * {{ model_monitor.chi2_rare_factor('max(bin_count - 1)') | trim }} as psi_noise_limit
    from shares
    group by feature_number
),

final as (
    select
        {{ model_monitor.text_literal(monitor.name) }} as monitor,
        shares.feature,
        distances.psi,
        coalesce(distances.psi_noise_limit, 0e0) as psi_noise_limit,
        {%- for side in ['wrong', 'right'] %}
        case when not shares.is_missing_small
            then cast(shares.{{ side }}_missing as {{ double }}) / nullif(shares.all_{{ side }}, 0)
        end as {{ side }}_missing_share,
        case when medians.{{ side }}_numbers >= {{ monitor.limits.min_cell }}
            then medians.{{ side }}_median
        end as {{ side }}_median,
        {%- endfor %}
        shares.bin_kind,
        shares.lower_edge,
        case when not shares.is_last then shares.upper_edge end as upper_edge,
        shares.label,
        {%- for name, sql in {
            'wrong_count': 'shares.wrong_rows',
            'right_count': 'shares.right_rows',
            'wrong_share': 'shares.p',
            'right_share': 'shares.q',
            'error_rate': 'shares.error_rate',
            'extra_count': 'shares.wrong_rows - shares.row_count * shares.overall_rate',
        }.items() %}
        case when not shares.is_small then {{ sql }} end as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from shares
    inner join distances
        on shares.feature_number = distances.feature_number
    inner join medians
        on shares.feature_number = medians.feature_number
)

select * from final
order by
    psi - psi_noise_limit desc, {{ model_monitor.text_order('feature') }}, bin_kind, lower_edge is not null, lower_edge,
    wrong_count is null, wrong_count desc, {{ model_monitor.text_order('label') }}
{%- endmacro %}

{#-
    The values of each slice with its wrong predictions: how many more they are than the error rate
    of all rows gives, and how many chance explains. Small cells are hidden.
-#}
{% macro _error_slices(monitor, slices) %}
    {%- set text = model_monitor.type_text() -%}
    {%- set double = model_monitor.type_double() -%}
    {%- set columns = model_monitor.slice_columns(monitor.logs[0]) -%}
    {%- set names, labels = [], [] -%}
    {%- for slice in slices -%}
        {%- set parts = [] -%}
        {%- for column in slice.columns -%}
            {%- set part = model_monitor.slice_label('d' ~ columns.index(column)) | trim -%}
            {%- do parts.append(part if slice.columns | length == 1 else
                "case when position('+' in (" ~ part ~ ")) > 0 then '\"' || (" ~ part ~ ") || '\"' else ("
                ~ part ~ ') end') -%}
        {%- endfor -%}
        {%- do names.append([loop.index0, model_monitor.text_literal(slice.name)]) -%}
        {%- do labels.append('when ' ~ loop.index0 ~ ' then ' ~ parts | join(" || '+' || ")) -%}
    {%- endfor -%}
slices as (
    {{ model_monitor.literal_rows([['slice_number', 'integer'], ['slice_name', text]], names) | indent(4) }}
),

counts as (
    select
        slices.slice_name,
        case slices.slice_number
            {{ labels | join('\n            ') }}
        end as slice_value,
        count(case when graded.is_wrong then 1 end) as wrong_rows,
        count(case when not graded.is_wrong then 1 end) as right_rows
    from graded
    cross join slices
    group by 1, 2
),

shares as (
    select
        counts.*,
        wrong_rows + right_rows as row_count,
        {{ model_monitor._is_small_error_cell(monitor, 'wrong_rows', 'right_rows', totals=false) }} as is_small,
        cast(sum(wrong_rows) over (partition by slice_name) as {{ double }})
            / sum(wrong_rows + right_rows) over (partition by slice_name) as overall_rate
    from counts
),

final as (
    select
        {{ model_monitor.text_literal(monitor.name) }} as monitor,
        slice_name,
        slice_value,
        row_count,
        case when not is_small then wrong_rows end as wrong_count,
        case when not is_small then cast(wrong_rows as {{ double }}) / row_count end as error_rate,
        overall_rate,
        case when not is_small then wrong_rows - row_count * overall_rate end as extra_count,
        -- as for other slices: there are many of them
        case when not is_small
            then 4.26e0 * sqrt(row_count * overall_rate * (1e0 - overall_rate))
        end as chance_count
    from shares
)

select * from final
order by
    extra_count is null, extra_count desc, {{ model_monitor.text_order('slice_name') }},
    {{ model_monitor.text_order('slice_value') }}
{%- endmacro %}

{#- The largest errors of wrong and the smallest of right predictions, one row per feature. -#}
{% macro _error_examples(monitor, features) %}
    {%- set text = model_monitor.type_text() -%}
    {%- set shown = model_monitor._feature_rows(features) | trim if features else
        "feature_rows as (\n    select graded.*, cast(null as " ~ text ~ ") as feature,"
        ~ " cast(null as " ~ model_monitor.type_double() ~ ") as number, cast(null as " ~ text
        ~ ") as label\n    from graded\n)," -%}
    {#- the features of the examples alone -#}
chosen as (
    select *
    from (
        select
            graded.*,
            cast(v0 as {{ text }}) as prediction_id,
            row_number() over (
                partition by is_wrong
                order by
                    case when is_wrong then -error else error end,
                    {{ model_monitor.text_order('cast(v0 as ' ~ text ~ ')') }},
                    event_time
            ) as place
        from graded
        where error is not null
            and v0 is not null
    ) as ordered
    where place <= case when is_wrong then 5 else 3 end
),

{{ shown | replace('from graded', 'from chosen as graded') }}

final as (
    select
        {{ model_monitor.text_literal(monitor.name) }} as monitor,
        is_wrong,
        place,
        prediction_id,
        kind,
        p as score,
        y as outcome,
        feature,
        number,
        label
    from feature_rows
)

select * from final
order by case when is_wrong then 0 else 1 end, place, {{ model_monitor.text_order('feature') }}
{%- endmacro %}
