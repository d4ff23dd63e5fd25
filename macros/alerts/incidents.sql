{# States of an alert or incident that has not ended: without data its end is unknown. #}
{% macro is_open(state) -%}
{{ state }} in ('firing', 'acknowledged', 'stale')
{%- endmacro %}

{# The baselines that are an earlier period of the same series, as a list of SQL literals. #}
{% macro earlier_periods() -%}
{{ model_monitor.word_literals(['last_week', 'previous', 'seasonal']) }}
{%- endmacro %}

{#
    Whether the normal value of a judgement stays the same from window to window: a baseline that
    moves along does not tell a return from a level that lasts, nor does the volume of a weekday.
#}
{% macro has_fixed_normal(judgements) -%}
{{ judgements }}.family <> 'volume'
        and {{ judgements }}.baseline not in ({{ model_monitor.earlier_periods() }}, 'champion', 'control')
{%- endmacro %}

{# The normal value of a judgement: a distance is zero when nothing moves. #}
{% macro normal_value(family, baseline_value) -%}
case when {{ family }} in ('drift', 'tail') then coalesce({{ baseline_value }}, 0e0)
            else {{ baseline_value }} end
{%- endmacro %}

{# The kinds of subjects that a model reads. #}
{% macro input_kinds() -%}
('feature', 'context')
{%- endmacro %}

{# How many inputs each log has, as a query. #}
{% macro input_count_rows() -%}
select
    monitor,
    log,
    count(*) as input_count
from {{ ref('model_monitor', 'int_monitor__subjects') }}
where subject_kind in {{ model_monitor.input_kinds() }}
group by monitor, log
{%- endmacro %}

{# Whether a row with the columns monitor and log belongs to a log with one row per request. #}
{% macro is_request_log() -%}
{%- set found = [] -%}
{%- for monitor in model_monitor.configuration()['monitors'] -%}
    {%- set request = monitor.logs[0].columns.request -%}
    {%- for log in monitor.logs
        if request is not none and log.from == 'predictions' and log.per == request -%}
        {%- do found.append(
            '(monitor = ' ~ model_monitor.text_literal(monitor.name)
            ~ ' and log = ' ~ model_monitor.text_literal(log.name) ~ ')'
        ) -%}
    {%- endfor -%}
{%- endfor -%}
({{ found | join(' or ') if found else 'false' }})
{%- endmacro %}

{#
    What each incident affects, as a query over the published rows of its place: predictions, requests
    and value, from the day of the onset until the lead alert last showed it. Days count whole. Small
    and protected groups are not published, so they have no counts here, nor have incidents that began
    before the first day that is kept.
#}
{% macro affected_rows(incidents) -%}
{#- Spark accepts no name of a CTE of the model around it. -#}
{%- set is_of_place -%}
spans.monitor = days.monitor
        and spans.slice_name = days.slice_name
        and spans.slice_value = days.slice_value
        and spans.model_version = days.model_version
        and days.window_start >= spans.first_day
        and days.window_start < spans.shown_until
{%- endset -%}
with spans as (

    select
        incident_id,
        monitor,
        model_version,
        slice_name,
        slice_value,
        cast(date_trunc('day', since) as timestamp) as first_day,
        shown_until
    from {{ incidents }}

),

volumes as (

    select
        monitor,
        model_version,
        slice_name,
        slice_value,
        window_start,
        case when log = 'predictions' then row_count end as row_count,
        case when log <> 'predictions' then row_count end as request_count
    from {{ ref('model_monitor', 'monitor_metrics') }}
    where metric = 'volume'
        and window_name = 'day'
        and role <> 'untreated'
        and (log = 'predictions' or {{ model_monitor.is_request_log() }})

),

-- slices are kept for fewer days than all rows
kept as (

    select
        monitor,
        slice_name,
        min(window_start) as first_day
    from volumes
    group by monitor, slice_name

),

place_totals as (

    select
        spans.incident_id,
        cast(sum(days.row_count) as bigint) as affected_rows,
        cast(sum(days.request_count) as bigint) as affected_requests,
        cast(count(distinct days.window_start) as bigint) as affected_days
    from spans
    inner join volumes as days
        on {{ is_of_place }}
    inner join kept
        on spans.monitor = kept.monitor
        and spans.slice_name = kept.slice_name
        and spans.first_day >= kept.first_day
    group by spans.incident_id

),

worth as (

    select
        spans.incident_id,
        {{ model_monitor.exact_sum('days.value') }} as affected_value
    from spans
    inner join {{ ref('model_monitor', 'monitor_value') }} as days
        on {{ is_of_place }}
    where days.window_name = 'day'
        and days.role <> 'untreated'
    group by spans.incident_id

)

select
    place_totals.incident_id,
    place_totals.affected_rows,
    place_totals.affected_requests,
    place_totals.affected_days,
    worth.affected_value
from place_totals
left join worth
    on place_totals.incident_id = worth.incident_id
{%- endmacro %}

{# Those counts in words: "31,204 predictions, 2,810 requests in 3 days; value -1,204". #}
{% macro affected_text() -%}
{{ model_monitor.shown_count('affected_rows') }} || ' predictions'
        || coalesce(', ' || {{ model_monitor.shown_count('affected_requests') }} || ' requests', '')
        || case when affected_days = 1 then ' in 1 day'
            else ' in ' || {{ model_monitor.shown_number('affected_days') }} || ' days' end
        || coalesce(
            '; value ' || case
                {#- a double has no more digits #}
                when affected_value > 1e15 then 'above 1e15'
                when affected_value < -1e15 then 'below -1e15'
                when affected_value is not null
                    then case when affected_value < 0 then '-' else '' end
                        || {{ model_monitor.shown_count('least(abs(affected_value), 1e15)') }}
            end, ''
        )
{%- endmacro %}

{# The id of an alert: its fingerprint and a window in which it was in breach. #}
{% macro alert_name(fingerprint, window_end) -%}
{{ dbt.hash(fingerprint ~ " || '|' || cast(" ~ window_end ~ " as " ~ model_monitor.type_text() ~ ")") }}
{%- endmacro %}

{# How specific the scope of an alert is: one for a version, one per slice column. #}
{% macro alert_depth(alert) -%}
    case when {{ alert }}.model_version = '(all)' then 0 else 1 end
    + case
        when {{ alert }}.slice_name = '(all)' then 0
        when position('+' in {{ alert }}.slice_name) > 0 then 2
        else 1
    end
{%- endmacro %}

{#
    The position of an alert on the way from log to outcome: its family has a stage (the registry),
    or its subject.
#}
{% macro causal_stage(alert, is_derived, is_upstream) -%}
{%- set at = model_monitor.stage_numbers() -%}
{%- set stages = {
    is_derived: 'derived',
    alert ~ ".subject_kind = 'operation'": 'operations',
    is_upstream: 'upstream',
    alert ~ ".subject_kind = 'metric' and " ~ alert ~ ".layer = 'data'": 'freshness',
    alert ~ ".subject_kind = 'metric' and " ~ alert ~ ".layer = 'operations'": 'operations',
    alert ~ ".subject_kind = 'metric'": 'business',
    alert ~ ".subject_kind = 'context'": 'context',
    alert ~ ".subject_kind = 'feature'": 'feature',
    alert ~ ".subject_kind = 'score'": 'score',
} -%}
case
    {%- for stage in model_monitor.causal_stages()
        if model_monitor.families_with('stage', stage) %}
    when {{ alert }}.family in ({{ model_monitor.word_literals(model_monitor.families_with('stage', stage)) }})
        then {{ at[stage] }} -- {{ stage }}
    {%- endfor %}
    {%- for condition, stage in stages.items() %}
    when {{ condition }} then {{ at[stage] }} -- {{ stage }}
    {%- endfor %}
    else {{ at.performance }}
end
{%- endmacro %}

{#
    Whether two scopes can share a row: two versions, or two values of one slice, cannot. NZ shares
    none with ID × mobile either.
#}
{% macro shares_place(one, other) -%}
(
    {{ one }}.model_version = {{ other }}.model_version
    or {{ one }}.model_version = '(all)'
    or {{ other }}.model_version = '(all)'
)
and ({{ one }}.slice_name <> {{ other }}.slice_name or {{ one }}.slice_value = {{ other }}.slice_value)
and not {{ model_monitor._has_another_value(one, other) }}
and not {{ model_monitor._has_another_value(other, one) }}
{%- endmacro %}

{# Whether a combination includes the slice of another scope, with another value. #}
{% macro _has_another_value(combination, scope) -%}
(
    position('+' in {{ combination }}.slice_name) > 0
    and {{ model_monitor.splits_at_plus(combination) }}
    and position(
        '+' || {{ scope }}.slice_name || '+' in '+' || {{ combination }}.slice_name || '+'
    ) > 0
    and not {{ model_monitor.lies_within(combination, scope) }}
)
{%- endmacro %}

{# Whether two scopes are equal. #}
{% macro is_same_place(one, other) -%}
{{ model_monitor.joined_on(one, other, ['model_version', 'slice_name', 'slice_value']) }}
{%- endmacro %}

{# Whether one scope equals or contains another, by all versions or all slices. #}
{% macro is_around(outer, inner) -%}
{{ outer }}.model_version in ('(all)', {{ inner }}.model_version)
        and {{ outer }}.slice_name in ('(all)', {{ inner }}.slice_name)
        and ({{ outer }}.slice_name = '(all)' or {{ outer }}.slice_value = {{ inner }}.slice_value)
{%- endmacro %}

{#
    Whether an alert or group of alerts shows a different problem from an earlier one that is still
    open: it began suddenly, more than a week after the onset of the earlier one. So a chronic alert
    absorbs nothing new.
#}
{% macro is_another(later, earlier, onset_latest='onset_latest') -%}
({{ later }}.is_sudden and {{ later }}.turn_start > {{ earlier }}.{{ onset_latest }} + interval '7 days')
{%- endmacro %}

{#
    Whether two alerts overlap in time, or within a day: a baseline or a longer window may notice a
    day later. In the same scope, an alert counts for as long as it is open. For other rows it
    counts only until the breach was last seen: neither the hold afterwards nor a week whose last
    days were normal is evidence. A week or month whose days have too few rows to be evaluated may
    have begun before it opened.
#}
{% macro are_simultaneous(one, other) -%}
not {{ model_monitor.is_another(one, other) }}
        and not {{ model_monitor.is_another(other, one) }}
        and case
            when {{ model_monitor.is_same_place(one, other) }}
                then {{ one }}.opened_at <= {{ other }}.last_open_at + interval '1 day'
                    and {{ other }}.opened_at <= {{ one }}.last_open_at + interval '1 day'
            else {{ model_monitor._seen_from(one) }}
                <= coalesce({{ other }}.seen_until, {{ other }}.last_seen_at) + interval '1 day'
                and {{ model_monitor._seen_from(other) }}
                <= coalesce({{ one }}.seen_until, {{ one }}.last_seen_at) + interval '1 day'
        end
{%- endmacro %}

{% macro _seen_from(alert) -%}
case
                when {{ alert }}.window_name in ('7d', '30d') and {{ alert }}.seen_until is null
                    then {{ alert }}.onset_earliest
                else least({{ alert }}.opened_at, {{ alert }}.seen_until)
            end
{%- endmacro %}

{# Whether something began with a shift: from three days before its onset to a week after it. #}
{% macro begins_with(onset, begun_at, begun_after) -%}
({{ begun_at }} >= {{ onset }} - interval '3 days' and {{ begun_after }} <= {{ onset }} + interval '7 days')
{%- endmacro %}

{#
    The slice of an alert as text: region=ID+device=mobile. Two columns may have the same value. If
    the slice has one column, a value that contains + is not split.
#}
{% macro slice_pairs(alert) -%}
case
    when position('+' in {{ alert }}.slice_name) = 0
        then {{ alert }}.slice_name || '=' || {{ alert }}.slice_value
    else {{ model_monitor._slice_pair(alert, 1) }} || '+' || {{ model_monitor._slice_pair(alert, 2) }}
        || case
            when {{ alert }}.slice_name like '%+%+%'
                then '+' || {{ model_monitor._slice_pair(alert, 3) }}
            else ''
        end
end
{%- endmacro %}

{# Whether each + in a slice value separates two values, and none is part of a value (65+). #}
{% macro splits_at_plus(alert) -%}
length({{ alert }}.slice_value) - length(replace({{ alert }}.slice_value, '+', ''))
= length({{ alert }}.slice_name) - length(replace({{ alert }}.slice_name, '+', ''))
{%- endmacro %}

{# The value of a slice as shown in a sentence: ID mobile. #}
{% macro shown_slice(alert) -%}
{{ model_monitor.shown_text(
    '(case when ' ~ model_monitor.splits_at_plus(alert) ~ ' then replace(' ~ alert
    ~ ".slice_value, '+', ' ') else " ~ alert ~ '.slice_value end)'
) }}
{%- endmacro %}

{% macro _slice_pair(alert, number) -%}
{{ dbt.split_part(alert ~ '.slice_name', "'+'", number) }} || '='
    || {{ dbt.split_part(alert ~ '.slice_value', "'+'", number) }}
{%- endmacro %}

{# Whether one alert is in the slice of another, or in a combination that includes this slice. #}
{% macro lies_within(inner, outer) -%}
position(
    '+' || {{ model_monitor.slice_pairs(outer) }} || '+' in '+' || {{ model_monitor.slice_pairs(inner) }} || '+'
) > 0
{%- endmacro %}

{#
    The member and the root of each chain in a relation of `member` and `parent` (itself if it has
    none), as a query. Each step doubles the distance, so six steps reach a depth of 64.
#}
{% macro chain_end_rows(relation, steps=6) -%}
with
{%- for number in range(steps) %}
{%- set before = relation if loop.first else 'chains_' ~ number %}
chains_{{ number + 1 }} as (

    select
        nearer.member,
        coalesce(farther.parent, nearer.parent) as parent
    from {{ before }} as nearer
    left join {{ before }} as farther
        on nearer.parent = farther.member

){{ ',' if not loop.last }}
{% endfor %}
select
    member,
    parent as root
from chains_{{ steps }}
{%- endmacro %}

{#
    The action for an incident, from its stage, its nature and the change before it. An input that
    breaks suddenly needs a pipeline fix; a gradual change of the world needs a new model. `shown` is
    the severity that people see.
#}
{% macro recommended_action(shown='severity') -%}
{%- set at = model_monitor.stage_numbers() -%}
{%- set of_score = [at.score, at.derived] | join(', ') -%}
{%- set of_outcome = [at.labels, at.calibration, at.performance] | join(', ') -%}
case
    -- a safety alert is never ignored, whatever was expected
    when nature = 'expected' and not is_safety and expected_kind = 'experiment' then 'run_experiment'
    when nature = 'expected' and not is_safety then 'ignore'
    when {{ shown }} = 'info' then 'monitor'
    when stage <= {{ at.volume }} or metric in ('unlabelled_share', 'reference_mismatch_count') then 'investigate_data'
    when is_population_shift and is_confirmed_by_labels then 'retrain'
    when is_population_shift then 'investigate_data'
    -- an outcome that no longer occurs looks like one that nobody records
    when family = 'labels' and metric = 'mean_outcome' and current_value = 0 then 'investigate_data'
    -- a warning over a short history may still be within the normal range
    when is_learning and severity = 'warn' and stage > {{ at.operations }} and family <> 'quality' and not is_safety
        then 'monitor'
    when stage = {{ at.operations }} and cause_kind in ('deploy', 'version') then 'rollback'
    when stage = {{ at.operations }} then 'investigate'
    -- a mix shift: neither the model nor the pipeline of a feature is broken
    when stage in ({{ at.feature }}, {{ of_score }}) and shift_kind = 'mix' then 'investigate_data'
    -- a model trained on missing values learns that they are missing
    when family = 'quality' and nature = 'gradual' then 'investigate_data'
    when family = 'worth' and cause_is_of_version then 'rollback'
    -- the model is as accurate as before: its threshold no longer fits the costs
    when family = 'worth' then 'adjust_policy'
    when stage in ({{ at.context }}, {{ at.feature }}, {{ of_score }}, {{ at.business }})
        and nature = 'gradual' then 'retrain'
    when stage = {{ at.upstream }} and nature = 'gradual' then 'adjust_policy'
    when stage = {{ at.upstream }} then 'disable_source'
    when stage = {{ at.feature }} then 'fix_feature'
    when stage in ({{ of_score }}) and cause_kind in ('deploy', 'feature_set', 'version') then 'rollback'
    when stage in ({{ of_score }}) and cause_kind = 'policy' then 'adjust_policy'
    when stage in ({{ of_score }}) then 'investigate'
    when stage in ({{ of_outcome }}) and cause_is_of_version then 'rollback'
    -- at once no better than chance: labels, or values, no longer belong to their rows
    when stage in ({{ of_outcome }}) and metric = 'roc_auc' and nature = 'incident'
        and current_value - 0.5 < 0.25 * (baseline_value - 0.5) then 'investigate_data'
    -- a broken relationship needs a new model; a shifted rate needs a recalibration
    when family = 'concept' or (family = 'proxies' and metric = 'correlation') then 'retrain'
    when stage in ({{ at.labels }}, {{ at.calibration }}) and not has_lost_order then 'recalibrate'
    when stage in ({{ of_outcome }}) then 'retrain'
    when stage = {{ at.exposure }} then 'adjust_policy'
    else 'investigate_data'
end
{%- endmacro %}

{# By action: why it is recommended, and what would argue against it. #}
{% macro action_reasons() %}
    {{ return({
        'ignore': [
            'a known change explains it: it lies inside the effect stated for that change',
            'it lasts longer or reaches further than the change',
        ],
        'monitor': [
            'the baseline is still warming up, so this may be normal; or its priority is low',
            'it grows, continues after the warm-up, or other alerts follow it',
        ],
        'run_experiment': [
            'the treatment of an experiment moves it: read the result of the experiment',
            'the control group shows it too',
        ],
        'investigate_data': [
            'rows, labels or values changed in a way that no model can cause',
            'the traffic itself has changed: then this is the new normal',
        ],
        'investigate': [
            'it began abruptly, and no recorded change fits in time',
            'an unrecorded change fits in time',
        ],
        'rollback': [
            'it began after a deploy, and none of its inputs had moved before',
            'it also shows where the new version was not deployed',
        ],
        'disable_source': [
            'the candidates of one source changed at once, before any model saw them',
            'every source changed alike: then the log itself is the cause',
        ],
        'fix_feature': [
            'an input changed abruptly, which points to its pipeline: retraining would learn the fault',
            'the values are correct at the source: then the population has changed, and the model must learn it',
        ],
        'retrain': [
            'inputs or their relationship to the outcome moved gradually, and nothing broke: the model is out of date',
            'a data-quality incident is open: retraining would learn the fault',
        ],
        'recalibrate': [
            'predictions are too high or too low on average, but still rank correctly',
            'the order suffers too (performance alerts), or a product change that cost outcomes is being reverted',
        ],
        'adjust_policy': [
            'the offer, the audience or the costs shifted without a fault',
            'one source or one deploy explains it',
        ],
    }) }}
{% endmacro %}

{# The same for a population shift, whose actions have their own reasons. #}
{% macro _shift_reasons() %}
    {{ return({
        'retrain': [
            'many inputs moved together and stayed, which points to a new population, and the labels show that the model is worse for it',
            'the inputs come from one pipeline that changed on that day: then fix it, and do not train on its rows',
        ],
        'investigate_data': [
            'many inputs moved together, which points to a new population: compare these rows with the reference, and retrain when the labels show harm',
            'the inputs come from one pipeline that changed on that day: then fix it',
        ],
    }) }}
{% endmacro %}

{# Why an action is recommended (0), or what would argue against it (1). #}
{% macro action_text(side) -%}
case
            {%- for action, words in model_monitor._shift_reasons().items() %}
            when is_population_shift and recommended_action = '{{ action }}'
                then {{ model_monitor.text_literal(words[side]) }}
            {%- endfor %}
            {%- for action, words in model_monitor.action_reasons().items() %}
            when recommended_action = '{{ action }}'
                then {{ model_monitor.text_literal(words[side]) }}
            {%- endfor %}
        end
{%- endmacro %}

{# Where the fix belongs: the model, the pipeline of its inputs, or the system around it. #}
{% macro fix_of_action() -%}
case
    when recommended_action in ('retrain', 'recalibrate') then 'model'
    when recommended_action in ('fix_feature', 'disable_source', 'investigate_data') then 'pipeline'
    when recommended_action in ('ignore', 'monitor', 'run_experiment') then 'none'
    else 'system'
end
{%- endmacro %}

{# One sentence for an alert or incident: who, what changed, by how much, where, since when, after what. #}
{% macro alert_sentence() -%}
        monitor
        || case when model_version = '(all)' then '' else ' ' || {{ model_monitor.shown_text('model_version') }} end
        || ': ' || what
        || case when slice_name = '(all)' then coalesce(' mostly in ' || main_segment, '')
            else ' in ' || location end
        || ' since ' || {{ model_monitor.shown_time('since') }}
        || coalesce(', after ' || likely_cause, '')
{%- endmacro %}

{# What changed in a population shift: 12 of 14 features, p and the rate of bought shifted together. #}
{% macro shift_what() -%}
{%- set scores = "case when shifted.moved_scores = 1 then " ~ model_monitor.shown_text('shifted.moved_score')
    ~ " when shifted.moved_scores > 1 then " ~ model_monitor.shown_number('shifted.moved_scores') ~ " || ' scores' end" %}
{%- set outcomes = "case when shifted.moved_outcomes = 1 then 'the rate of ' || " ~ model_monitor.shown_text('shifted.moved_outcome')
    ~ " when shifted.moved_outcomes > 1 then 'the rates of ' || " ~ model_monitor.shown_number('shifted.moved_outcomes') ~ " || ' outcomes' end" %}
{{ model_monitor.shown_number('shifted.moved_inputs') }} || ' of '
            || {{ model_monitor.shown_number('input_counts.input_count') }} || ' inputs'
            || case
                when shifted.moved_scores > 0 and shifted.moved_outcomes > 0
                    then ', ' || {{ scores }} || ' and ' || {{ outcomes }}
                else coalesce(' and ' || coalesce({{ scores }}, {{ outcomes }}), '')
            end
            || ' shifted together, most of all ' || {{ model_monitor.shown_text('alerts.subject') }}
            || case
                when alerts.family = 'drift'
                    then ' (PSI ' || {{ model_monitor.shown_number('alerts.current_value', 2) }} || ')'
                else ''
            end
{%- endmacro %}

{# The message of an alert or an incident: its sentence and the notes that follow it. #}
{% macro alert_message() -%}
        {{ model_monitor.alert_sentence() }}
        || {{ model_monitor.mix_note() }}
        || {{ model_monitor.mistake_note() }}
        || {{ model_monitor.category_note() }}
        || {{ model_monitor.learning_note() }}
        || {{ model_monitor.accepted_note() }}
{%- endmacro %}

{# Follows the sentence of an incident whose new level is accepted. #}
{% macro accepted_note() -%}
        case when is_accepted then ' (accepted as the new normal)' else '' end
{%- endmacro %}

{# Follows the sentence of a mix shift: only the shares of the segments changed. #}
{% macro mix_note() -%}
        case
            when shift_kind = 'mix' then ', a mix shift of ' || shift_dimension
                || coalesce(' (' || leading_segment || ')', '')
            else ''
        end
{%- endmacro %}

{# Follows the sentence of a multiclass score: the classes that it confuses most. #}
{% macro mistake_note() -%}
        case
            when family = 'performance'
                then coalesce(', mostly ' || leading_mistake, '')
            else ''
        end
{%- endmacro %}

{# Follows the sentence of a categorical subject: the values that were renamed, came or went. #}
{% macro category_note() -%}
        coalesce(changed_values, '')
{%- endmacro %}

{# Follows the sentence while the baseline is warming up. #}
{% macro learning_note() -%}
        case
            when learned_windows is not null
                then ' (baseline warming up: '
                    || {{ model_monitor.shown_number('learned_windows') }}
                    || ' of {{ model_monitor.learning_windows() }} windows)'
            when is_learning then ' (baseline warming up)'
            else ''
        end
{%- endmacro %}
