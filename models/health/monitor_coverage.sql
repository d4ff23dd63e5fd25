{{ model_monitor.table_model() }}
{#- What is watched, as of the latest windows: one row per series and family of rules, with the
    length of the windows that are evaluated and the smallest change that would be found. -#}
{%- set cell = [
    'monitor', 'log', 'model_version', 'slice_name', 'slice_value', 'subject', 'family',
] %}
{%- set scope = [
    'monitor', 'log', 'evidence_log', 'family', 'subject', 'evidence', 'evidence_need',
    'version_pattern', 'slice_pattern', 'slice_value_pattern',
] %}
{%- set double = model_monitor.type_double() %}
{%- set outcome_families = model_monitor.word_literals(model_monitor.outcome_families()) %}
{%- set half = ' / case when is_rarer_answer then 2 else 1 end' %}

with monitors as (

    select * from {{ ref('model_monitor', 'int_monitor__monitors') }}

),

protected_slices as (

    select * from {{ ref('model_monitor', 'int_monitor__protected_slices') }}

),

lengths as (

    select * from {{ ref('model_monitor', 'int_monitor__current_resolutions') }}

),

-- the rules that follow the evidence
scopes as (

    select *
    from {{ ref('model_monitor', 'int_monitor__rule_scopes') }}
    where (at_resolution or at_longer)
        and valid_from <= {{ model_monitor.as_of_timestamp() }}
        and valid_to > {{ model_monitor.as_of_timestamp() }}

),

-- A family of rules for slow change alone is watched one step above the resolution. Some families
-- have no windows of some lengths.
scoped_families as (

    select
        {{ model_monitor.listed_columns('', scope) }},
        max(case when at_resolution then 1 else 0 end) as follows_resolution
        {%- for length in model_monitor.ruled_windows() %},
        max(case when window_name = '{{ length }}' then 1 else 0 end) as has_{{ length }}
        {%- endfor %}
    from scopes
    group by {{ model_monitor.listed_columns('', scope) }}

),

paired as (

    select
        lengths.monitor,
        scoped_families.log,
        lengths.model_version,
        lengths.slice_name,
        lengths.slice_value,
        scoped_families.subject,
        scoped_families.family,
        scoped_families.evidence,
        lengths.evidence_need,
        case when scoped_families.follows_resolution = 1 then lengths.resolution
            else lengths.longer_window end as window_name,
        {%- for length in model_monitor.ruled_windows() %}
        scoped_families.has_{{ length }},
        {%- endfor %}
        lengths.resolution,
        lengths.window_end,
        lengths.watched_from,
        lengths.first_window_end,
        lengths.last_other_end,
        lengths.usual_count,
        lengths.usual_evidence,
        lengths.evidence_of_a_day,
        lengths.dispersion,
        lengths.counted_window,
        row_number() over (
            partition by
                lengths.monitor,
                scoped_families.log,
                lengths.model_version,
                lengths.slice_name,
                lengths.slice_value,
                scoped_families.subject,
                scoped_families.family
            order by
                scoped_families.follows_resolution desc,
                lengths.evidence_need asc,
                scoped_families.version_pattern asc,
                scoped_families.slice_pattern asc,
                scoped_families.slice_value_pattern asc
        ) as priority
    from lengths
    inner join scoped_families
        on lengths.monitor = scoped_families.monitor
        and lengths.log = scoped_families.evidence_log
        and lengths.evidence = scoped_families.evidence
        and lengths.evidence_need = scoped_families.evidence_need
        and lengths.subject
        = {{ model_monitor.evidence_subject('scoped_families', 'scoped_families') }}
        and {{ model_monitor.fits_scope('lengths', 'scoped_families') }}

),

-- Without a value for two months it is not the baseline that is missing. For windows of a day or
-- 7 days it most likely is not after four weeks.
watched as (

    select
        *,
        coalesce(case window_name
            {%- for length in model_monitor.ruled_windows() %}
            when '{{ length }}' then has_{{ length }}
            {%- endfor %}
        end, 0) = 1 as has_window,
        watched_from > window_end - interval '60 days' as is_young,
        watched_from > window_end - interval '28 days' or window_name = '30d' as is_warming_up
    from paired
    where priority = 1

),

signal_ends as (

    select
        monitor,
        log,
        family,
        window_name,
        max(window_end) as window_end
    from {{ ref('model_monitor', 'monitor_signals') }}
    where window_name in ({{ model_monitor.word_literals(model_monitor.ruled_windows()) }})
    group by monitor, log, family, window_name

),

-- the latest value of the last eight windows
signals as (

    select
        signals.*,
        row_number() over (
            partition by {{ model_monitor.listed_columns('signals', model_monitor.signal_keys()) }}
            order by signals.window_end desc
        ) as age
    from {{ ref('model_monitor', 'monitor_signals') }} as signals
    inner join signal_ends
        on {{ model_monitor.joined_on(
            'signals', 'signal_ends', ['monitor', 'log', 'family', 'window_name']
        ) }}
        and signals.window_end > signal_ends.window_end - interval '8 days'
    where signals.role = 'live'

),

-- each rule with what its value would be without a change, and the way in which it may change
asked as (

    select
        {{ model_monitor.listed_columns('signals', cell) }},
        signals.window_name,
        signals.metric,
        signals.value,
        signals.noise_floor,
        signals.sample_size,
        signals.baseline_sample_size,
        signals.dispersion,
        scopes.kind,
        coalesce(scopes.warn, scopes.critical)
        * case when scopes.kind = 'relative' then abs(signals.baseline_value) else 1 end
            as threshold,
        case when scopes.kind in ('static', 'tail') then 0e0
            else coalesce(signals.baseline_value, 0e0) end as unchanged,
        case when scopes.direction = 'below' then -1 else 1 end as way,
        case
            when signals.family in ({{ outcome_families }})
                then {{ model_monitor.deviations_of_chance('signals') | trim }}
            else 3.09e0
        end as deviations
    from signals
    inner join scopes
        on {{ model_monitor.joined_on('signals', 'scopes', [
            'monitor', 'log', 'family', 'subject', 'metric', 'baseline', 'window_name'
        ]) }}
        and {{ model_monitor.fits_scope('signals', 'scopes') }}
    where signals.age = 1
        and scopes.kind in ('drift', 'delta', 'static', 'tail', 'relative')

),

changed as (

    {{ model_monitor.detectable_change_rows('asked') | indent(4) }}

),

detected as (

    select
        {{ cell | join(', ') }},
        window_name,
        metric,
        min(detectable_change) as detectable_change
    from changed
    group by {{ cell | join(', ') }}, window_name, metric

),

chosen as (

    select
        *,
        row_number() over (
            partition by {{ cell | join(', ') }}, window_name
            order by
                case when detectable_change is null then 1 else 0 end asc,
                case metric
                    when 'roc_auc' then 1
                    when 'missing_rate' then 1
                    when 'calibration_ratio' then 1
                    when 'unlabelled_share' then 1
                    when 'accuracy' then 2
                    when 'mae' then 2
                    else 3
                end asc,
                metric asc
        ) as choice
    from detected

),

described as (

    select
        watched.*,
        chosen.metric,
        chosen.detectable_change,
        watched.evidence = 'labels' and watched.usual_evidence <> watched.usual_count
            as is_rarer_answer,
        chosen.metric is null and watched.has_window and watched.is_young as is_waiting,
        case
            when chosen.metric is not null or (watched.has_window and watched.is_young)
                then watched.window_name
            when watched.usual_count = 0 and {{ model_monitor.is_outcome_log('watched.log') }}
                then 'unlabelled'
            else 'too_small'
        end as watch,
        -- how many rows a group of people or a small cell has is not said
        protected_slices.monitor is null
        and (watched.slice_name = '(all)' or watched.usual_count >= monitors.min_cell)
            as has_counts
    from watched
    inner join monitors
        on watched.monitor = monitors.monitor
    left join protected_slices
        on watched.monitor = protected_slices.monitor
        and watched.slice_name = protected_slices.slice_name
    left join chosen
        on {{ model_monitor.joined_on('watched', 'chosen', cell + ['window_name']) }}
        and watched.has_window
        and chosen.choice = 1
    -- combinations of slices count only the subjects that matter
    where chosen.metric is not null
        or position('+' in watched.slice_name) = 0

),

reasoned as (

    select
        *,
        case when watch = 'too_small' then usual_evidence else evidence_of_a_day end
            as short_evidence,
        case
            when watch <> 'too_small' or counted_window = 'day' then 'a day has'
            when counted_window = '7d' then '7 days have'
            else '30 days have'
        end as short_window
    from described

),

worded as (

    select
        *,
        cast(floor(short_evidence{{ half }}) as bigint) as shown_evidence,
        case when evidence = 'labels' then ' label' else ' independent row' end as evidence_noun,
        case when is_rarer_answer then ' of the rarer outcome value' else '' end as evidence_note
    from reasoned

),

final as (

    select
        monitor,
        log,
        model_version,
        slice_name,
        slice_value,
        subject,
        family,
        watch as resolution,
        cast(watched_from as timestamp) as since,
        cast(case when has_counts and evidence <> 'labels' then usual_count end as {{ double }})
            as usual_row_count,
        cast(case when has_counts and evidence = 'labels' then usual_count end as {{ double }})
            as usual_labelled_count,
        cast(dispersion as {{ double }}) as dispersion,
        metric,
        cast(detectable_change as {{ double }}) as detectable_change,
        case
            when is_waiting and is_warming_up then 'no value yet: the baseline is warming up'
            when is_waiting
                then 'no value in four weeks: its values, or those of the baseline, are too few'
                    || ' or all alike'
            when watch = 'day' or (watch <> 'too_small' and resolution = 'day') then null
            when watch = 'unlabelled' then 'no label has arrived'
            when watch = 'too_small' and short_evidence >= evidence_need and not has_window
                then 'no rule of this family evaluates '
                    || case counted_window when 'day' then 'a day'
                        when '7d' then '7 days' else '30 days' end
            when watch = 'too_small' and short_evidence >= evidence_need
                then short_window
                    || ' enough rows, but its values, or those of the baseline,'
                    || ' are too few or all alike'
            when not has_counts
                or short_evidence is null
                or (short_evidence = 0 and evidence <> 'labels')
                then short_window || ' too few rows'
            else short_window
                || case
                    when short_evidence = 0 then ' no'
                    when shown_evidence = 0 then ' less than 1'
                    else ' about ' || cast(shown_evidence as {{ model_monitor.type_text() }})
                end
                || evidence_noun
                || case when short_evidence > 0 and shown_evidence < 2 then '' else 's' end
                || evidence_note
                || '; '
                || cast(cast(
                    floor(evidence_need{{ half }}) as bigint
                ) as {{ model_monitor.type_text() }})
                || ' are needed'
        end as reason,
        cast(coalesce(last_other_end, first_window_end) as timestamp) as valid_from
    from worded

)

select * from final
