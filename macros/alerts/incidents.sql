{# States of an alert, or of an incident, that has not ended: without data it is not known to have. #}
{% macro is_open(state) -%}
{{ state }} in ('firing', 'acknowledged', 'stale')
{%- endmacro %}

{# The name of an alert: what it is about, and a window in which it was in breach. #}
{% macro alert_name(fingerprint, window_end) -%}
{{ dbt.hash(fingerprint ~ " || '|' || cast(" ~ window_end ~ " as " ~ model_monitor.type_text() ~ ")") }}
{%- endmacro %}

{# How narrow the place of an alert is: one for a version, one per column of its slice. #}
{% macro alert_depth(alert) -%}
    case when {{ alert }}.model_version = '(all)' then 0 else 1 end
    + case
        when {{ alert }}.slice_name = '(all)' then 0
        when position('+' in {{ alert }}.slice_name) > 0 then 2
        else 1
    end
{%- endmacro %}

{# Causes come before their consequences: how early in the way from the log to the outcome an alert is. #}
{% macro causal_stage(alert, is_derived, is_upstream) -%}
case
    when {{ alert }}.family = 'freshness' then 0
    when {{ alert }}.family = 'volume' then 1
    -- what decisions are worth follows from how right they are, as what the business counts does
    when {{ alert }}.family in ('dataset', 'worth') then 11
    when {{ alert }}.family in ('labels', 'concept', 'proxies') then 8
    when {{ alert }}.family = 'calibration' then 9
    when {{ alert }}.family in ('performance', 'estimates', 'ranking') then 10
    -- what people are given follows from what the model says
    when {{ alert }}.family in ('concentration', 'fairness') then 12
    when {{ is_derived }} then 7
    when {{ alert }}.subject_kind = 'operation' then 2
    when {{ is_upstream }} then 4
    when {{ alert }}.subject_kind = 'metric' and {{ alert }}.layer = 'operations' then 2
    when {{ alert }}.subject_kind = 'metric' then 11
    when {{ alert }}.subject_kind = 'context' then 3
    when {{ alert }}.subject_kind = 'feature' then 5
    when {{ alert }}.subject_kind = 'score' then 6
    else 10
end
{%- endmacro %}

{# Whether two places may have a row in common: two versions, or two values of one slice, have none. #}
{% macro shares_place(one, other) -%}
(
    {{ one }}.model_version = {{ other }}.model_version
    or {{ one }}.model_version = '(all)'
    or {{ other }}.model_version = '(all)'
)
and ({{ one }}.slice_name <> {{ other }}.slice_name or {{ one }}.slice_value = {{ other }}.slice_value)
{%- endmacro %}

{# Whether two places are one. #}
{% macro is_same_place(one, other) -%}
{{ model_monitor.joined_on(one, other, ['model_version', 'slice_name', 'slice_value']) }}
{%- endmacro %}

{# Whether one place is another, or what is the same but for a version or a slice that is all. #}
{% macro is_around(outer, inner) -%}
{{ outer }}.model_version in ('(all)', {{ inner }}.model_version)
        and {{ outer }}.slice_name in ('(all)', {{ inner }}.slice_name)
        and ({{ outer }}.slice_name = '(all)' or {{ outer }}.slice_value = {{ inner }}.slice_value)
{%- endmacro %}

{#
    Whether one alert, or group of them, saw another thing than an earlier one that is still there: it came at once, more
    than a week after that one had begun. What is chronic takes in nothing new.
#}
{% macro is_another(later, earlier, start='first_window_start', onset_latest='onset_latest') -%}
({{ later }}.is_sudden and {{ later }}.{{ start }} > {{ earlier }}.{{ onset_latest }} + interval '7 days')
{%- endmacro %}

{#
    Whether two alerts were there at the same time, or within a day: a baseline or a longer window may notice a day
    later. In its very place an alert goes on while it is held; of other rows it says nothing by then, nor does a week
    whose last days were as ever.
#}
{% macro are_simultaneous(one, other) -%}
not {{ model_monitor.is_another(one, other) }}
        and not {{ model_monitor.is_another(other, one) }}
        and case
            when {{ model_monitor.is_same_place(one, other) }}
                then {{ one }}.opened_at <= {{ other }}.last_open_at + interval '1 day'
                    and {{ other }}.opened_at <= {{ one }}.last_open_at + interval '1 day'
            else least({{ one }}.opened_at, {{ one }}.seen_until)
                <= coalesce({{ other }}.seen_until, {{ other }}.last_seen_at) + interval '1 day'
                and least({{ other }}.opened_at, {{ other }}.seen_until)
                <= coalesce({{ one }}.seen_until, {{ one }}.last_seen_at) + interval '1 day'
        end
{%- endmacro %}

{#
    The place of an alert among slices, as text: region=ID+device=mobile. Two columns may have the same
    value; a value with a + in it stays whole where there is one column.
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

{# Whether each + of a slice's value lies between two values, and none within one (65+). #}
{% macro splits_at_plus(alert) -%}
length({{ alert }}.slice_value) - length(replace({{ alert }}.slice_value, '+', ''))
= length({{ alert }}.slice_name) - length(replace({{ alert }}.slice_name, '+', ''))
{%- endmacro %}

{# The value of a slice as a sentence has it: ID mobile. #}
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

{# Whether one alert is in the slice of another, or in a combination of it with others. #}
{% macro lies_within(inner, outer) -%}
position(
    '+' || {{ model_monitor.slice_pairs(outer) }} || '+' in '+' || {{ model_monitor.slice_pairs(inner) }} || '+'
) > 0
{%- endmacro %}

{#
    The member and the root of each chain of a relation of `member` and `parent` (itself where it has
    none), as a query: each step doubles how far it has looked, so that six reach 64 deep.
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
    What to do about it, out of its stage, its nature and the change before it. A pipeline is mended
    where an input breaks at once; a model where the world has moved.
#}
{% macro recommended_action() -%}
case
    -- what is safety is told whatever was expected, and not to be ignored
    when nature = 'expected' and not is_safety and expected_kind = 'experiment' then 'run_experiment'
    when nature = 'expected' and not is_safety then 'ignore'
    when stage <= 1 or metric in ('unlabelled_share', 'reference_mismatch_count') then 'investigate_data'
    -- an outcome that never comes about any more looks like one that nobody writes down
    when family = 'labels' and metric = 'mean_outcome' and current_value = 0 then 'investigate_data'
    -- a few windows of a past, and no more than a warning: it may be the usual
    when is_learning and severity = 'warn' and stage > 2 and family <> 'quality' and not is_safety
        then 'monitor'
    when stage = 2 and cause_kind in ('deploy', 'version') then 'rollback'
    when stage = 2 then 'investigate'
    -- other rows, each of them as ever: neither the model nor the pipeline of a feature is broken
    when stage in (5, 6, 7) and shift_kind = 'mix' then 'investigate_data'
    -- a model that is trained on what goes missing learns that it is missing
    when family = 'quality' and nature = 'gradual' then 'investigate_data'
    when family = 'worth' and cause_is_of_version then 'rollback'
    -- where the model is as right as ever, its threshold no longer fits what is at stake
    when family = 'worth' then 'adjust_policy'
    when stage in (3, 5, 6, 7, 11) and nature = 'gradual' then 'retrain'
    when stage = 4 and nature = 'gradual' then 'adjust_policy'
    when stage = 4 then 'disable_source'
    when stage = 5 then 'fix_feature'
    when stage in (6, 7) and cause_kind in ('deploy', 'feature_set', 'version') then 'rollback'
    when stage in (6, 7) and cause_kind = 'policy' then 'adjust_policy'
    when stage in (6, 7) then 'investigate'
    when stage in (8, 9, 10) and cause_is_of_version then 'rollback'
    -- what no longer goes with the outcome has to be learnt anew; what is followed by fewer or more
    -- of it is worth another number
    when family = 'concept' or (family = 'proxies' and metric = 'correlation') then 'retrain'
    when stage in (8, 9) and not has_lost_order then 'recalibrate'
    when stage in (8, 9, 10) then 'retrain'
    when stage = 12 then 'adjust_policy'
    else 'investigate_data'
end
{%- endmacro %}

{# Why an action is recommended, and what would argue against it: by action, in words. #}
{% macro action_reasons() %}
    {{ return({
        'ignore': [
            'it lies inside the stated effect of a known change',
            'it lasts longer or reaches further than the change does',
        ],
        'monitor': [
            'it warns while it is still learned what is usual, and may be just that',
            'it grows, goes on when that is known, or others follow it',
        ],
        'run_experiment': [
            'the treatment of an experiment moves it; its result says whether that is good',
            'it shows in the control, too',
        ],
        'investigate_data': [
            'rows, labels or values are not as they were counted before, and nothing a model does explains it',
            'the traffic itself has changed: then it is the new usual',
        ],
        'investigate': [
            'it began at once and no change is known that fits',
            'a change that nobody noted fits in time',
        ],
        'rollback': [
            'it began after a deploy, and none of its inputs had moved before',
            'it goes on where the deploy did not go',
        ],
        'disable_source': [
            'what a source delivers has changed at once, before any model sees it',
            'every source is hit alike: then it is the log',
        ],
        'fix_feature': [
            'an input changed from one window to the next, which pipelines do and people do not: a fault of the pipeline; a model that is trained on it learns the fault',
            'the values are right at their origin: then the world has changed, and the model needs it',
        ],
        'retrain': [
            'inputs or their relation to the outcome have moved, and nothing broke: the model describes what was',
            'a data-quality incident is open: training would learn it',
        ],
        'recalibrate': [
            'outcomes are on average more or less than predicted, and the order of the scores still holds',
            'the order suffers too (performance alerts), or a product change costs outcomes and is undone',
        ],
        'adjust_policy': [
            'what is offered, to whom, or what is at stake has shifted without a fault',
            'one source or one deploy explains it',
        ],
    }) }}
{% endmacro %}

{# Who has to mend it: the model, the pipeline of its inputs, or the system around it. #}
{% macro fix_of_action() -%}
case
    when recommended_action in ('retrain', 'recalibrate') then 'model'
    when recommended_action in ('fix_feature', 'disable_source', 'investigate_data') then 'pipeline'
    when recommended_action in ('ignore', 'monitor', 'run_experiment') then 'none'
    else 'system'
end
{%- endmacro %}

{# An alert or incident in one sentence, without its learning: who, what, where, since when, after what. #}
{% macro alert_sentence() -%}
        monitor || ' '
        || case when model_version = '(all)' then '' else {{ model_monitor.shown_text('model_version') }} || ' ' end
        || what
        || case when slice_name = '(all)' then '' else ' in ' || location end
        || ' since ' || {{ model_monitor.shown_time('since') }}
        || coalesce(' after ' || likely_cause, '')
{%- endmacro %}

{# That nothing but the mix of the rows has changed, after its sentence; nothing where that is not so. #}
{% macro mix_note() -%}
        case
            when shift_kind = 'mix' then ', by another mix of ' || shift_dimension
                || coalesce(' (' || leading_segment || ')', '')
            else ''
        end
{%- endmacro %}

{# What a score of several classes takes for what, after its sentence; nothing of any other alert. #}
{% macro mistake_note() -%}
        case
            when family = 'performance'
                then coalesce(', most of all ' || leading_mistake, '')
            else ''
        end
{%- endmacro %}

{# How far it has learned what is usual, after its sentence; nothing once that is known. #}
{% macro learning_note() -%}
        case
            when learned_windows is not null
                then ' (learning what is usual: '
                    || {{ model_monitor.shown_number('learned_windows') }}
                    || '/{{ model_monitor.learning_windows() }})'
            when is_learning then ' (still learning what is usual)'
            else ''
        end
{%- endmacro %}
