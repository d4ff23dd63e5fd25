{# A number as text: no engine's own idea of how many digits a double has. #}
{% macro shown_number(value, digits=0) -%}
    cast(cast(round({{ value }}, {{ digits }}) as decimal(28, {{ digits }})) as {{ model_monitor.type_text() }})
{%- endmacro %}

{# A share as a percentage, with a decimal below ten: 0.4%, 38%. #}
{% macro shown_percent(value) -%}
    case when abs({{ value }}) < 0.0995 then {{ model_monitor.shown_number('100 * ' ~ value, 1) }}
        else {{ model_monitor.shown_number('100 * ' ~ value) }} end || '%'
{%- endmacro %}

{% macro shown_change(value) -%}
    case when {{ value }} > 0 then '+' else '' end || {{ model_monitor.shown_number('100 * (' ~ value ~ ')') }} || '%'
{%- endmacro %}

{# What has happened, in words, out of an alert's family, metric, subject and numbers. #}
{% macro alert_what() -%}
case
    when family = 'drift'
        then subject || ' distribution shifted (PSI ' || {{ model_monitor.shown_number('current_value', 2) }} || ')'
    when family = 'tail'
        then subject || ' p95 shifted ' || {{ model_monitor.shown_change('current_value') }}
    when family = 'dataset'
        then {{ model_monitor.shown_percent('current_value') }} || ' of the subjects of ' || log || ' drifted'
    when family = 'freshness'
        then log || ' has had no new rows for '
            || {{ model_monitor.shown_number('current_value') }} || ' hours'
    when family = 'volume'
        then case when metric = 'row_count' then log || ' volume' else subject end
            || ' ' || coalesce({{ model_monitor.shown_change(
                '(current_value / nullif(baseline_value, 0) - 1)'
            ) }} || ' of what is usual', 'unusual')
    when family = 'metrics' then subject || ' rose to ' || {{ model_monitor.shown_percent('current_value') }}
    when metric = 'missing_rate'
        then subject || ' missing in ' || {{ model_monitor.shown_percent('current_value') }} || ' of the rows'
    when metric = 'unseen_share'
        then subject || ' unseen categories in ' || {{ model_monitor.shown_percent('current_value') }} || ' of the rows'
    when metric = 'invalid_rate'
        then subject || ' invalid in ' || {{ model_monitor.shown_percent('current_value') }} || ' of the rows'
    when metric = 'out_of_range_rate'
        then subject || ' out of range in ' || {{ model_monitor.shown_percent('current_value') }} || ' of the rows'
    when metric = 'stale_rate'
        then subject || ' stale in ' || {{ model_monitor.shown_percent('current_value') }} || ' of the rows'
    when metric = 'zero_rate'
        then subject || ' zero in ' || {{ model_monitor.shown_percent('current_value') }} || ' of the rows'
    when metric = 'top_share'
        then subject || ' one value in ' || {{ model_monitor.shown_percent('current_value') }} || ' of the rows'
    when metric = 'at_min_share'
        then subject || ' piled up at its minimum in ' || {{ model_monitor.shown_percent('current_value') }} || ' of the rows'
    when metric = 'at_max_share'
        then subject || ' piled up at its maximum in ' || {{ model_monitor.shown_percent('current_value') }} || ' of the rows'
    else subject || ' ' || metric || ' ' || {{ model_monitor.shown_number('current_value', 3) }}
end
|| case
    when family in ('quality', 'metrics') and baseline_value is not null
        then ', usually ' || {{ model_monitor.shown_percent('baseline_value') }}
    else ''
end
{%- endmacro %}

{# What to do first, out of what it is about. #}
{% macro recommended_action() -%}
case
    when nature = 'expected' then 'ignore'
    when family in ('freshness', 'volume') then 'investigate_data'
    when family = 'quality' and subject_kind in ('feature', 'context') then 'fix_feature'
    when family = 'quality' then 'rollback'
    when cause_kind = 'deploy' then 'rollback'
    when cause_kind = 'feature_set' then 'fix_feature'
    when subject_kind = 'operation' or family = 'metrics' then 'investigate'
    when subject_kind = 'score' then 'investigate'
    else 'investigate_data'
end
{%- endmacro %}

{# A moment, to the minute; a day alone where no hour is known. #}
{% macro shown_time(value) -%}
    substr(cast(cast({{ value }} as date) as {{ model_monitor.type_text() }}), 1, 10)
    || case
        when {{ value }} = date_trunc('day', {{ value }}) then ''
        else ' ' || lpad(cast(extract(hour from {{ value }}) as {{ model_monitor.type_text() }}), 2, '0')
            || ':' || lpad(cast(extract(minute from {{ value }}) as {{ model_monitor.type_text() }}), 2, '0')
    end
{%- endmacro %}
