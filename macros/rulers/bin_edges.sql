{#
    The upper edges of the fine bins of numbers: quantiles and limits, both sides of each point, and
    steps beyond the `ends` of the reference. A probability has all hundredths instead of steps.
    `rulers`, `facts`, `points` and `ends` are those of int_monitor__ruler_bins.
#}
{% macro bin_edge_rows() -%}
{%- set subject = ['monitor', 'log', 'subject'] -%}
with numeric_rulers as (

    select * from rulers where subject_type = 'numeric'

),

-- bins widen beyond the reference: the first step is a sixteenth of half the spread, then × 3
tails as (

    select
        {{ model_monitor.listed_columns('numeric_rulers', subject) }},
        ends.high_end
            + greatest(ends.high_end - numeric_rulers.center, numeric_rulers.scale)
            * (power(3, steps.step) - 1) / 16.0 as high_edge,
        ends.low_end
            - greatest(numeric_rulers.center - ends.low_end, numeric_rulers.scale)
            * (power(3, steps.step) - 1) / 16.0 as low_edge
    from numeric_rulers
    inner join ends
        on {{ model_monitor.joined_on('numeric_rulers', 'ends', subject) }}
    cross join (values (1), (2), (3), (4), (5), (6), (7)) as steps (step)
    where not numeric_rulers.is_probability

)

select monitor, log, subject, value as upper_edge
from facts
where fact in ('quantile', 'max_allowed', 'stale_above', 'low_confidence')

union

select monitor, log, subject, value as upper_edge
from points

union

select monitor, log, subject, {{ model_monitor.previous_double('value') }} as upper_edge
from points

union

select monitor, log, subject, high_edge as upper_edge
from tails

union

select monitor, log, subject, low_edge as upper_edge
from tails

union

select
    {{ model_monitor.listed_columns('numeric_rulers', subject) }},
    (tens.digit * 10 + ones.digit) / 100.0 as upper_edge
from numeric_rulers
cross join (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as tens (digit)
cross join (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as ones (digit)
where numeric_rulers.is_probability

union

select
    monitor,
    log,
    subject,
    case
        when is_probability then 1.0
        else cast('Infinity' as {{ model_monitor.type_double() }})
    end as upper_edge
from numeric_rulers
{%- endmacro %}
