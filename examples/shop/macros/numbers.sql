{#- 0, 1, … below 3,200. -#}
{% macro numbers() %}
select cast(a.i + 10 * b.i + 100 * c.i + 1000 * d.i as integer) as i
from (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as a (i)
cross join (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as b (i)
cross join (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as c (i)
cross join (values (0), (1), (2), (3)) as d (i)
where a.i + 10 * b.i + 100 * c.i + 1000 * d.i < 3200
{% endmacro %}
