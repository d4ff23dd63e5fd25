{#
    What metrics of a whole log are about: its data set and its reference, whether it arrives on
    time, and whether it can be read. `logs` and `outcomes` are the configured ones.
#}
{% macro log_population_rows() -%}
{%- set of_log = {'subject': "'(log)'", 'subject_kind': "'log'", 'layer': "'operations'"} -%}
{%- set of_dataset = {'subject_kind': "'dataset'", 'layer': "'data'"} -%}
{% for name in ['dataset', 'reference'] -%}
select {{ model_monitor.population_columns(
    name, dict(of_dataset, subject="'(" ~ name ~ ")'")
) }}
from logs

union all

{% endfor -%}
-- a derived log is as fresh as the log it comes from
select {{ model_monitor.population_columns('arriving_log', dict(
    of_log, monitor='logs.monitor', log='logs.log'
)) }}
from logs
left join logs as parents
    on logs.monitor = parents.monitor
    and logs.relation = parents.relation
    and parents.log = 'predictions'
where logs.log = 'predictions'
    or parents.log is null

union all

-- labels arrive in one log: the outcome with the shortest label window misses them first
select {{ model_monitor.population_columns('arriving_log', of_log) }}
from (
    select
        monitor,
        log,
        row_number() over (partition by monitor order by matures_seconds, log) as label_order
    from outcomes
    where not in_row
) as ordered_outcomes
where label_order = 1

union all

select {{ model_monitor.population_columns('read_log', of_log) }}
from (
    select monitor, log from logs
    union all
    select monitor, log from outcomes
) as read_logs
{%- endmacro %}
