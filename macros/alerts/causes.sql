{#
    Whether an effect begins when its cause can have caused it: with the cause or later, never
    before. Five effects may begin at any time while the cause lasts: the count of drifted subjects,
    the distribution of a slice column that has lost or gained rows of one value, and, as they need
    more rows to detect, a calibration error and an estimate where the cause is, and the
    relationship of an outcome with the same input or score.
#}
{% macro follows_cause(effect, cause) -%}
{%- set at = model_monitor.stage_numbers() -%}
{{ effect }}.onset_from - case
            when {{ effect }}.is_stop_of_labels then {{ effect }}.waits_seconds else 0
        end * interval '1 second' <= case
            when {{ effect }}.family = 'dataset' then {{ cause }}.last_seen_at
            when {{ cause }}.stage = {{ at.volume }}
                and {{ cause }}.slice_name = {{ effect }}.subject
                then {{ cause }}.last_seen_at
            when (
                    {{ effect }}.family in ('calibration', 'estimates')
                    and {{ model_monitor.is_around(cause, effect) }}
                    or {{ effect }}.family = 'concept'
                    and {{ cause }}.stage in ({{ at.feature }}, {{ at.score }})
                    and {{ effect }}.subject = {{ cause }}.subject
                )
                and not {{ model_monitor.is_another(effect, cause, 'onset_to') }}
                then {{ cause }}.last_seen_at
            else {{ cause }}.onset_to
        end
        and (
            {{ effect }}.onset_to > {{ cause }}.onset_from
            -- When labels stop, predictions that wait for them miss them. Those predictions mature
            -- by the time the labels return.
            or (
                {{ cause }}.is_stop_of_labels
                and {{ effect }}.onset_to
                > {{ cause }}.onset_from
                - coalesce({{ effect }}.waits_seconds, 0) * interval '1 second'
                and {{ effect }}.onset_to
                <= {{ cause }}.last_seen_at + interval '1 day'
                - coalesce({{ effect }}.waits_seconds, 0) * interval '1 second'
            )
            -- a change that is harder to detect may have been there by then
            or {{ effect }}.onset_to > {{ cause }}.half_seen_from
            -- an alert about an instant begins and ends in it
            or {{ effect }}.onset_to = {{ cause }}.onset_to
            -- a quantity derived from a score may show the change better than the score itself
            or (
                {{ effect }}.stage = {{ at.derived }}
                and {{ cause }}.stage = {{ at.score }}
                and {{ effect }}.onset_to = {{ cause }}.onset_from
            )
        )
{%- endmacro %}

{#
    Whether a cause explains an effect, for a pair of groups of alerts whose times and places fit.
    Uses the columns that int_monitor__direct_causes gives each pair.
#}
{% macro is_explained() -%}
{%- set at = model_monitor.stage_numbers() -%}
case
    -- what goes wrong in several places at once is one problem
    when is_same_thing then cause_stage = stage
    -- Missing rows and errors explain everything in their place; missing labels explain
    -- only metrics that need them. When a slice loses one of its values, the
    -- distribution of its column changes.
    when cause_stage = {{ at.volume }} and cause_slice_name = subject then true
    when cause_stage <= {{ at.operations }} then is_around and is_known_by
    -- a mix shift makes no values pile up, and leaves none empty
    when cause_stage = {{ at.context }} and family = 'quality' then false
    -- an input is wrong where it is wrong: between two inputs neither explains another place
    when stage <= {{ at.feature }} then is_same_place
    -- the model does not cause more or fewer outcomes than normal; what moves one outcome moves
    -- others
    when family = 'labels' then cause_family = 'labels' and is_around
    -- nor does it change how an outcome follows its proxy; only a rarer outcome does
    when family = 'proxies'
        then cause_family = 'labels' and cause_log = log and is_same_place
    -- an input's own values change its relationship with the outcome, those of another
    -- input do not
    when family = 'concept' and cause_stage = {{ at.feature }} then cause_subject = subject
    -- calibration compares outcomes with predictions: an input moves it only through the score
    when family = 'calibration'
        then (cause_stage = {{ at.score }} and cause_subject = subject)
            or (cause_stage = {{ at.labels }} and cause_log = log)
            or (cause_stage = {{ at.calibration }} and cause_log = log)
    -- a long-standing reference mismatch explains none of the drift
    when family = 'dataset' and cause_family = 'dataset' then false
    when stage = cause_stage then is_same_place
    else true
end
{%- endmacro %}
