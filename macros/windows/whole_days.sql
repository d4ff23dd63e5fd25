{#
    Is a day of int_monitor__periods complete? It is not if logging began in the middle of it: its
    first row comes more than an hour after midnight, and no day of the week before has any row. A
    shop that opens at nine loses its first day and no other. A day whose rows all lie within one
    hour comes from a daily job, and is complete.
#}
{% macro is_whole_day() -%}
(
    coalesce(first_event_time < period_start + interval '1 hour', true)
    or coalesce(
        lag(period_start) over (partition by monitor, log order by period_start)
        >= period_start - interval '7 days',
        false
    )
    or coalesce(
        last_event_time < first_event_time + interval '1 hour'
        and last_event_time < period_start + interval '23 hours',
        false
    )
)
{%- endmacro %}
