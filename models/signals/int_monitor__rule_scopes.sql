{{ model_monitor.table_model() }}
{#- The scope of each valid, enabled rule: one row per rule, validity and thing that it evaluates.
    Patterns for versions and slices stay patterns; the signals match them. -#}
{%- set need = 'coalesce(rules.min_rows, '
    ~ model_monitor.evidence_need('rules.evidence', 'monitors') ~ ')' %}
{%- set seasonal_families = model_monitor.word_literals(model_monitor.seasonal_families()) %}

with rules as (

    select
        *,
        {{ model_monitor.follows('window_name', 'resolution') }} as at_resolution,
        {{ model_monitor.follows('window_name', 'longer') }} as at_longer,
        {{ model_monitor.evidence_kind('family') }} as evidence
    from {{ ref('model_monitor', 'int_monitor__rules') }}
    where enabled
        and problem is null

),

evaluable as (

    select * from {{ ref('model_monitor', 'int_monitor__evaluable_metrics') }}

),

monitors as (

    select * from {{ ref('model_monitor', 'int_monitor__monitors') }}

),

classes as (

    select
        monitor,
        log,
        subject
    from {{ ref('model_monitor', 'int_monitor__outcome_scores') }}
    where score_kind = 'multiclass'

),

final as (

    select
        rules.rule_id,
        rules.rule_version,
        rules.valid_from,
        rules.valid_to,
        evaluable.monitor,
        evaluable.log,
        evaluable.family,
        evaluable.subject,
        evaluable.subject_kind,
        evaluable.metric,
        evaluable.layer,
        evaluable.baseline,
        evaluable.window_name,
        rules.model_version as version_pattern,
        rules.slice_name as slice_pattern,
        rules.slice_value as slice_value_pattern,
        rules.kind,
        rules.direction,
        rules.warn,
        rules.critical,
        rules.for_windows,
        rules.clear_windows,
        rules.clear_below,
        rules.error_budget,
        rules.short_window,
        case
            when evaluable.family = 'freshness' then 0
            else {{ need }}
        end as min_rows,
        rules.evidence,
        {{ model_monitor.evidence_log('evaluable') }} as evidence_log,
        -- a whole log has as much evidence as its rows, however many subjects it needs
        case
            when evaluable.family = 'dataset' then monitors.min_rows
            else {{ need }}
        end as evidence_need,
        rules.at_resolution,
        rules.at_longer,
        {{ model_monitor.fits_pattern('evaluable.window_name', 'rules.window_name') }} as is_named
    from rules
    inner join evaluable
        on rules.family = evaluable.family
        and case when rules.family = 'sla'
            then {{ model_monitor.fits_pattern('evaluable.metric', 'rules.metric') }}
            else rules.metric = evaluable.metric end
        and {{ model_monitor.fits_pattern('evaluable.monitor', 'rules.monitor') }}
        and {{ model_monitor.fits_pattern('evaluable.log', 'rules.log') }}
        and {{ model_monitor.fits_pattern('evaluable.subject', 'rules.subject') }}
        and {{ model_monitor.fits_pattern('evaluable.subject_kind', 'rules.subject_kind') }}
        and {{ model_monitor.fits_pattern('evaluable.baseline', 'rules.baseline') }}
        and (
            {{ model_monitor.fits_pattern('evaluable.window_name', 'rules.window_name') }}
            or (
                (rules.at_resolution or rules.at_longer)
                and evaluable.window_name in (
                    {{ model_monitor.word_literals(model_monitor.ruled_windows()) }}
                )
            )
        )
        and (
            coalesce(rules.importance, '') in ('', '*')
            or evaluable.is_critical = (rules.importance = 'critical')
        )
        -- only rules that ask for the history by weekday and hour get it
        and case
            when rules.kind = 'seasonal' then evaluable.baseline = 'seasonal'
            when rules.kind = 'burn_rate' then evaluable.baseline = 'history'
            when evaluable.baseline = 'cadence' then coalesce(rules.baseline, '') not in ('', '*')
            when evaluable.family in ({{ seasonal_families }}) and evaluable.baseline = 'seasonal'
                then coalesce(rules.baseline, '') not in ('', '*')
            when rules.kind = 'control_chart' then evaluable.baseline = 'history'
            else true
        end
    inner join monitors
        on evaluable.monitor = monitors.monitor
    left join classes
        on evaluable.family = 'performance'
        and {{ model_monitor.joined_on('evaluable', 'classes', ['monitor', 'log', 'subject']) }}
    left join evaluable as shorter
        on {{ model_monitor.joined_on('evaluable', 'shorter', [
            'monitor', 'log', 'family', 'subject', 'metric', 'baseline'
        ]) }}
        and rules.short_window = shorter.window_name
    where (rules.short_window is null or shorter.monitor is not null)
        -- a single class must be named: the mean over classes covers all of them
        and (
            classes.subject is null
            or (rules.subject like '%.%' and rules.subject not like '!%')
        )

)

select * from final
