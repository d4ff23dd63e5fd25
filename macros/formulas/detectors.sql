{#
    Sequential detectors as queries over the points of series: frame_id, n (1, 2, … within the
    frame), m (the same, counted from the first watched point: 0 and less is the baseline), x (a
    residual in units of its normal spread, decimal(18, 9)) and is_off (1 where it is far from
    normal). Each returns one row per point: statistic, control_limit, whether it fires there,
    direction, and onset_n, the point where the change began. Sums are decimals: the same digits in
    any order. See docs/understand/detectors.md.
#}

{% macro _running(order='n') -%}
    over (partition by frame_id order by {{ order }} rows between unbounded preceding and current row)
{%- endmacro %}

{% macro _nine_digits(expression) -%}
    cast({{ expression }} as decimal(18, 9))
{%- endmacro %}

{# CUSUM, both sides: the sum of deviations beyond k since the sum was last zero. #}
{% macro cusum_rows(points, k=0.5, h=5) -%}
with gathered as (

    select
        frame_id,
        n,
        sum(x - {{ k }}) {{ model_monitor._running() }} as up_sum,
        sum(-x - {{ k }}) {{ model_monitor._running() }} as down_sum
    from {{ points }}
    where m >= 1

),

sided as (

    select
        frame_id,
        n,
        up_sum - least(0, min(up_sum) {{ model_monitor._running() }}) as up,
        down_sum - least(0, min(down_sum) {{ model_monitor._running() }}) as down
    from gathered

),

cusum as (

    select
        sided.*,
        coalesce(
            case when up > down
                then max(case when up = 0 then n end) {{ model_monitor._running() }}
                else max(case when down = 0 then n end) {{ model_monitor._running() }}
            end + 1,
            min(n) {{ model_monitor._running() }}
        ) as onset_n
    from sided

)

select
    frame_id,
    n,
    {{ model_monitor._as_double('greatest(up, down)') }} as statistic,
    {{ model_monitor._as_double(h) }} as control_limit,
    greatest(up, down) > {{ h }} as fires,
    case when up > down then 'up' else 'down' end as direction,
    onset_n
from cusum
{%- endmacro %}

{# EWMA: the newest points weigh most; the limit widens with the number of points seen. #}
{% macro ewma_rows(points, weight=0.2, width=3) -%}
{%- set kept = 1 - weight -%}
with summed as (

    select
        frame_id,
        n,
        m,
        {{ weight }} * power({{ model_monitor._as_double(kept) }}, m)
        * {{ model_monitor._as_double(
            'sum(' ~ model_monitor._nine_digits(
                'x * power(' ~ model_monitor._as_double(kept) ~ ', -m)'
            ) ~ ') ' ~ model_monitor._running()
        ) }} as average
    from {{ points }}
    where m >= 1

),

limits as (

    select
        *,
        {{ width }} * sqrt(
            {{ weight }}e0 / (2e0 - {{ weight }})
            * (1.0 - power({{ model_monitor._as_double(kept) }}, 2 * m))
        ) as control_limit
    from summed

),

turned as (

    select
        *,
        max(case when average <= 0 then n end) {{ model_monitor._running() }} as last_below,
        max(case when average >= 0 then n end) {{ model_monitor._running() }} as last_above,
        min(n) {{ model_monitor._running() }} as first_n
    from limits

)

select
    frame_id,
    n,
    abs(average) as statistic,
    {{ model_monitor._as_double('control_limit') }} as control_limit,
    abs(average) > control_limit as fires,
    case when average > 0 then 'up' else 'down' end as direction,
    -- the first point of the current run on this side of zero
    coalesce(case when average > 0 then last_below else last_above end + 1, first_n) as onset_n
from turned
{%- endmacro %}

{# Page–Hinkley, both sides: the sum of deviations from the running mean, above its minimum. #}
{% macro page_hinkley_rows(points, delta=0.5, threshold=8, least=15) -%}
with deviations as (

    select
        frame_id,
        n,
        {{ model_monitor._nine_digits(
            'x - ' ~ model_monitor.safe_divide('sum(x) ' ~ model_monitor._running(), 'n')
        ) }} as deviation
    from {{ points }}

),

gathered as (

    select
        frame_id,
        n,
        sum(deviation - {{ delta }}) {{ model_monitor._running() }} as up_sum,
        sum(-deviation - {{ delta }}) {{ model_monitor._running() }} as down_sum
    from deviations

),

sided as (

    select
        frame_id,
        n,
        up_sum - min(up_sum) {{ model_monitor._running() }} as up,
        down_sum - min(down_sum) {{ model_monitor._running() }} as down
    from gathered

)

select
    frame_id,
    n,
    {{ model_monitor._as_double('greatest(up, down)') }} as statistic,
    {{ model_monitor._as_double(threshold) }} as control_limit,
    greatest(up, down) > {{ threshold }} and n >= {{ least }} as fires,
    case when up > down then 'up' else 'down' end as direction,
    case when up > down
        then max(case when up = 0 then n end) {{ model_monitor._running() }}
        else max(case when down = 0 then n end) {{ model_monitor._running() }}
    end + 1 as onset_n
from sided
{%- endmacro %}

{#
    DDM: the rate of points that are off and its deviation, compared with the point where both were
    lowest.
#}
{% macro ddm_rows(points, warm_start=15, width=3) -%}
with rates as (

    select
        frame_id,
        n,
        {{ model_monitor.safe_divide('sum(is_off) ' ~ model_monitor._running(), 'n') }} as p
    from {{ points }}

),

deviations as (

    select
        frame_id,
        n,
        p,
        sqrt(p * (1 - p) / n) as s,
        p + sqrt(p * (1 - p) / n) as reached
    from rates

),

warm as (

    select
        *,
        min(reached) {{ model_monitor._running() }} as least_reached
    from deviations
    where n > {{ warm_start }}

),

placed as (

    select
        *,
        max(case when reached <= least_reached then n end) {{ model_monitor._running() }} as least_n
    from warm

)

select
    placed.frame_id,
    placed.n,
    placed.reached as statistic,
    {{ model_monitor._as_double('least.p + ' ~ width ~ ' * least.s') }} as control_limit,
    placed.reached > least.p + {{ width }} * least.s as fires,
    'up' as direction,
    placed.least_n + 1 as onset_n
from placed
inner join placed as least
    on placed.frame_id = least.frame_id
    and placed.least_n = least.n
{%- endmacro %}

{# EDDM: the distance between points that are off, compared with its maximum. #}
{% macro eddm_rows(points, warm_start=8, beta=0.75) -%}
with errors as (

    select
        frame_id,
        n,
        n - lag(n, 1, 0) over (partition by frame_id order by n) as distance
    from {{ points }}
    where is_off = 1

),

sums as (

    select
        frame_id,
        n,
        count(*) {{ model_monitor._running() }} as error_count,
        sum(distance) {{ model_monitor._running() }} as sum_1,
        sum(distance * distance) {{ model_monitor._running() }} as sum_2
    from errors

),

reaches as (

    select
        frame_id,
        n,
        error_count,
        {{ model_monitor.safe_divide('sum_1', 'error_count') }}
        + 2 * case when error_count > 1 then sqrt(greatest(
            {{ model_monitor.safe_divide(
                'error_count * sum_2 - sum_1 * sum_1', 'error_count * (error_count - 1)'
            ) }}, 0.0
        )) else 0.0 end as reached
    from sums

),

warm as (

    select
        *,
        max(reached) {{ model_monitor._running() }} as most_reached
    from reaches
    where n > {{ warm_start }}

)

select
    frame_id,
    n,
    {{ model_monitor.safe_divide('reached', 'most_reached') }} as statistic,
    {{ model_monitor._as_double(beta) }} as control_limit,
    reached < {{ beta }} * most_reached and error_count > {{ warm_start }} as fires,
    'up' as direction,
    max(case when reached >= most_reached then n end) {{ model_monitor._running() }} + 1 as onset_n
from warm
{%- endmacro %}

{#
    ADWIN: whether the points before and after any cut have means that differ by more than chance
    allows. It tests every cut of every point and merges none. The statistic is the difference at
    the cut that exceeds its bound the most; the limit is that bound.
#}
{% macro adwin_rows(points, delta=0.002, shortest=5, grace=10) -%}
with sums as (

    select
        frame_id,
        n,
        sum(x) {{ model_monitor._running() }} as sum_1,
        sum({{ model_monitor._nine_digits('x * x') }}) {{ model_monitor._running() }} as sum_2
    from {{ points }}

),

windows as (

    select
        frame_id,
        n,
        {{ model_monitor._as_double('sum_1') }} as sum_1,
        greatest(
            {{ model_monitor.safe_divide('sum_2', 'n') }}
            - {{ model_monitor.safe_divide('sum_1', 'n') }}
            * {{ model_monitor.safe_divide('sum_1', 'n') }},
            0.0
        ) as variance,
        ln(2 * ln({{ model_monitor._as_double('n') }}) / {{ model_monitor._as_double(delta) }})
            as certainty
    from sums
    where n > 1

),

cuts as (

    select
        windows.frame_id,
        windows.n,
        before.n as cut_n,
        windows.variance,
        windows.certainty,
        {{ model_monitor.safe_divide('windows.sum_1 - before.sum_1', 'windows.n - before.n') }}
        - {{ model_monitor.safe_divide('before.sum_1', 'before.n') }} as difference,
        {{ model_monitor.safe_divide('1', 'before.n - ' ~ (shortest - 1)) }}
        + {{ model_monitor.safe_divide('1', 'windows.n - before.n - ' ~ (shortest - 1)) }} as spread
    from windows
    inner join windows as before
        on windows.frame_id = before.frame_id
        and before.n >= {{ shortest }}
        and before.n <= windows.n - {{ shortest }}
    where windows.n > {{ grace }}

),

bounds as (

    select
        frame_id,
        n,
        cut_n,
        difference,
        sqrt(2 * spread * variance * certainty) + 2e0 / 3 * certainty * spread as bound
    from cuts

),

placed as (

    select
        *,
        row_number() over (
            partition by frame_id, n
            order by {{ model_monitor.rounded('abs(difference) / bound', 9) }} desc, cut_n desc
        ) as choice
    from bounds

)

select
    frame_id,
    n,
    abs(difference) as statistic,
    {{ model_monitor._as_double('bound') }} as control_limit,
    abs(difference) > bound as fires,
    case when difference > 0 then 'up' else 'down' end as direction,
    cut_n + 1 as onset_n
from placed
where choice = 1
{%- endmacro %}
