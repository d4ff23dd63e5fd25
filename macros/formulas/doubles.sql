{#
    The largest double below a finite one, so that every bin can be (lower, upper]: the point bin of v
    is (previous_double(v), v]. Exact for every normal double under round-to-nearest.
#}
{% macro previous_double(value) -%}
case
    when {{ value }} > 0 then {{ value }} * cast(0.9999999999999999 as {{ model_monitor.type_double() }})
    when {{ value }} < 0
        then {{ value }} + {{ value }} * cast(1.6653345369377348e-16 as {{ model_monitor.type_double() }})
    else cast('-5e-324' as {{ model_monitor.type_double() }})
end
{%- endmacro %}
